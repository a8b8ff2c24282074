import type { Command, Option } from "commander";

/** Possible values of an option or an argument. */
export type Values = { choices: readonly string[] } | "file" | "folder" | "text";

export interface CompletedOption {
  long: string;
  short: string | undefined;
  description: string;
  /** Undefined for a flag. */
  values: Values | undefined;
  /** Whether the value is optional. */
  optional: boolean;
}

export interface CompletedCommand {
  name: string;
  description: string;
  options: CompletedOption[];
  argument: { choices: readonly string[] } | undefined;
}

/** The commands to complete, read from the command line's own definition so that the two never disagree. */
export function completedCommands(program: Command): CompletedCommand[] {
  return program.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      options: command.createHelp().visibleOptions(command).map(completedOption),
      argument: argument?.argChoices && { choices: argument.argChoices },
    };
  });
}

/** The options of the program itself. */
export function globalOptions(program: Command): CompletedOption[] {
  return program.createHelp().visibleOptions(program).map(completedOption);
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
