import type { CompletedCommand, CompletedOption, Values } from "./model.ts";

export function bash(commands: readonly CompletedCommand[], globals: readonly CompletedOption[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion of pulumi-multipass
_pulumi_multipass() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= words= index
  # "=" is a word of its own here: --fix=restart comes as three.
  [[ $current == = ]] && current=
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD - 2]}
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${names.join("|")}) command=\${COMP_WORDS[index]}; break ;;
    esac
  done
  case "$command $previous" in
${commands.flatMap(valueCases).join("\n")}
  esac
  case $command in
    "") words="${[...names, ...globals.map(({ long }) => long)].join(" ")}" ;;
${commands.map(wordsCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -F _pulumi_multipass pulumi-multipass
`;
}

function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap(({ long, short, values, optional }) => {
    if (values === undefined || optional) return [];
    const patterns = [long, short].filter(Boolean).map((flag) => `"${name} ${flag}"`);
    return [`    ${patterns.join("|")}) ${reply(values)}; return ;;`];
  });
}

function reply(values: Values): string {
  if (values === "file") return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (values === "folder") return 'COMPREPLY=($(compgen -d -- "$current"))';
  return `COMPREPLY=($(compgen -W "${typeof values === "object" ? values.choices.join(" ") : ""}" -- "$current"))`;
}

function wordsCase({ name, options, choices }: CompletedCommand): string {
  const flags = options.flatMap(({ long, values, optional }) =>
    optional && typeof values === "object"
      ? [long, ...values.choices.map((choice) => `${long}=${choice}`)]
      : [long],
  );
  return `    ${name}) words="${[...choices, ...flags].join(" ")}" ;;`;
}
