import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";

/** Words, or with `shell` the text of a script. */
export type CommandLine = string | string[];

export interface CommandInputs extends MachineInputs {
  create: CommandLine;
  update?: CommandLine;
  delete?: CommandLine;
  shell?: boolean;
  environment?: Record<string, string>;
  stdin?: string;
  workingDirectory?: string;
  triggers?: unknown[];
  acceptedExitCodes?: number[];
  addPreviousOutputInEnv?: boolean;
}

export interface CommandState extends CommandInputs {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** As @pulumi/command has it: triggers replace; what the command is and gets makes it run again. */
export const COMMAND_COSTS: Costs = {
  instance: "replace",
  triggers: "replace",
  create: "update",
  update: "update",
  shell: "update",
  environment: "update",
  stdin: "update",
  workingDirectory: "update",
  delete: "record",
  acceptedExitCodes: "record",
  addPreviousOutputInEnv: "record",
  ...RECORDED,
};
