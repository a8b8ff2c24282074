import type { OptionSpec, ParsedArgs } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import type { Capabilities } from "../version.ts";

export interface Command {
  options(caps: Capabilities): OptionSpec[];
  /** Which versions have the command; all of them if omitted. */
  since?(caps: Capabilities): boolean;
  run(context: CommandContext, args: ParsedArgs): Promise<number>;
}

export const formatOption: OptionSpec = { names: ["format"], value: true };
export const allOption: OptionSpec = { names: ["all"] };
export const timeoutOption: OptionSpec = { names: ["timeout"], value: true };
