import { quote } from "../../driver/guest-command.ts";
import type { CompletedCommand, CompletedOption, Values } from "./model.ts";

export function zsh(commands: readonly CompletedCommand[], globals: readonly CompletedOption[]): string {
  const described = commands.map(({ name, description }) => quote(`${name}:${description}`));
  return `#compdef pulumi-multipass
_pulumi-multipass() {
  local context state state_descr line curcontext=$curcontext
  typeset -A opt_args
  _arguments -C ${[...globals.map(specification), quote("1: :->command"), quote("*:: :->rest")].join(" \\\n    ")}
  case $state in
    command)
      local -a commands=(
        ${described.join("\n        ")}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${commands.map(restCase).join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _pulumi-multipass ]]; then
  _pulumi-multipass "$@"
else
  compdef _pulumi-multipass pulumi-multipass
fi
`;
}

function restCase({ name, options, choices }: CompletedCommand): string {
  const parts = options.map(specification);
  if (choices.length > 0) parts.push(quote(`1:value:${action({ choices })}`));
  return `        ${name}) _arguments ${parts.join(" \\\n          ")} ;;`;
}

function specification({ long, short, description, values, optional }: CompletedOption): string {
  const text = description.replace(/[[\]:]/g, "\\$&");
  // An optional value must follow an equals sign.
  const value = values === undefined ? "" : `${optional ? ":" : ""}:value:${action(values)}`;
  const flag = `${long}${values === undefined ? "" : optional ? "=-" : "="}`;
  const one = quote(`${flag}[${text}]${value}`);
  if (!short) return one;
  return `${quote(`(${short} ${long})${short}[${text}]${value}`)} ${quote(`(${short} ${long})${flag}[${text}]${value}`)}`;
}

function action(values: Values): string {
  if (typeof values === "object") return `(${values.choices.join(" ")})`;
  if (values === "file") return "_files";
  if (values === "folder") return "_files -/";
  return " ";
}
