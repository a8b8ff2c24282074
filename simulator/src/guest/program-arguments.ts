/** Shared by the file programs: options, operands, and a message for each operand that fails. */
import { posix } from "node:path";
import { GuestFileError } from "./file-system.ts";
import type { Process } from "./process.ts";

export const isOption = (argument: string) => argument.startsWith("-") && argument.length > 1;
export const operands = (args: string[]) => args.filter((argument) => !isOption(argument));
export const has = (args: string[], letter: string, long = "") =>
  args.some((argument) =>
    argument.startsWith("--") ? argument === `--${long}` : isOption(argument) && argument.includes(letter),
  );
export const absolute = (process: Process, path: string) => posix.resolve(process.cwd, path);

/** Applies an action to each path, and reports failures in the tool's own words. */
export function each(
  paths: string[],
  process: Process,
  message: (path: string) => string,
  deed: (path: string, given: string) => void,
): number {
  let status = 0;
  for (const path of paths) {
    try {
      deed(absolute(process, path), path);
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`${message(path)}: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}
