import { posix } from "node:path";
import type { ShellState, WordExpander } from "./expansion.ts";
import { GuestFileError } from "./file-system.ts";
import type { Process, Streams } from "./process.ts";
import type { Redirection } from "./shell-syntax.ts";

/**
 * The streams of a command after its redirections. If a redirection fails, reports it and returns undefined.
 */
export async function redirect(
  redirections: Redirection[],
  process: Process,
  state: ShellState,
  words: WordExpander,
): Promise<{ streams: Streams } | undefined> {
  let { read, out, err } = process.io;
  const { files } = process.machine;
  for (const { descriptor, operator, target } of redirections) {
    const word = await words.expandOne(target, process);
    if (operator === ">&") {
      if (descriptor === 1 && word === "2") out = err;
      if (descriptor === 2 && word === "1") err = out;
      continue;
    }
    if (operator === "<<" || operator === "<<<") {
      const data = Buffer.from(operator === "<<<" ? `${word}\n` : word);
      read = async () => data;
      continue;
    }
    const path = posix.resolve(process.cwd, word);
    try {
      if (operator === "<") {
        const data = files.read(path, process.user);
        read = async () => data;
        continue;
      }
      files.write(path, Buffer.alloc(0), process.user, operator === ">>");
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`${state.name}: line 1: ${word}: ${error.message}\n`);
      return undefined;
    }
    const { user } = process;
    const append = (data: string | Uint8Array) => files.write(path, Buffer.from(data as string), user, true);
    if (descriptor !== 2) out = append;
    if (descriptor !== 1) err = append;
  }
  return { streams: { read, out, err } };
}
