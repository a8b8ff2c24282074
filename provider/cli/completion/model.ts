import type { Command, Option } from "commander";

/** Possible values of an option or an argument. */
export type Values = { choices: readonly string[] } | "file" | "folder" | "text";

export interface CompletedOption {
  long: string;
  short: string | undefined;
  description: string;
  /** Undefined for a flag. */
  values: Values | undefined;
  optional: boolean;
}

export interface CompletedCommand {
  name: string;
  description: string;
  options: CompletedOption[];
  /** Choices of its argument. */
  choices: readonly string[];
}

/** A command or the program, read from the command line's own definition so that the two never disagree. */
export function completed(command: Command): CompletedCommand {
  return {
    name: command.name(),
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(completedOption),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function completedOption(option: Option): CompletedOption {
  const { long, short, description, argChoices, flags, optional } = option;
  const [, value] = /[<[](\w+)/.exec(flags) ?? [];
  const values = value === "file" || value === "folder" ? value : value && "text";
  return {
    long: long ?? "",
    short,
    description: description.replaceAll("`", ""),
    values: argChoices ? { choices: argChoices } : (values as Values | undefined),
    optional,
  };
}
