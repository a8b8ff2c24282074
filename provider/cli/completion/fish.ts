import type { CompletedCommand, CompletedOption, Values } from "./model.ts";

const COMPLETE = "complete -c pulumi-multipass";

export function fish(commands: readonly CompletedCommand[], globals: readonly CompletedOption[]): string {
  const lines = [
    "# fish completion of pulumi-multipass",
    `${COMPLETE} -f`,
    ...globals.map((option) => `${COMPLETE} -n __fish_use_subcommand ${flags(option)}`),
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ name, description, options, choices }: CompletedCommand): string[] {
  const here = `${COMPLETE} -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `${COMPLETE} -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...options.map((option) => `${here} ${flags(option)}`),
    ...(choices.length > 0 ? [`${here} -a ${quote(choices.join(" "))}`] : []),
  ];
}

function flags({ long, short, description, values, optional }: CompletedOption): string {
  const parts = [`-l ${long.slice(2)}`, `-d ${quote(description)}`];
  if (short) parts.unshift(`-s ${short.slice(1)}`);
  if (values !== undefined) parts.push(...valueFlags(values, optional));
  return parts.join(" ");
}

function valueFlags(values: Values, optional: boolean): string[] {
  const required = optional ? [] : ["-r"];
  if (typeof values === "object") return [...required, `-f -a ${quote(values.choices.join(" "))}`];
  if (values === "folder") return [...required, `-f -a ${quote("(__fish_complete_directories)")}`];
  return values === "file" ? [...required, "-F"] : [...required, "-f"];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
