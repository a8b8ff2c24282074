import { MultipassError } from "../driver/errors.ts";
import { type GuestCommand, guestInvocation, quote } from "../driver/guest-command.ts";
import type { Operation } from "./operation/operation.ts";

/** Paths per command line, far below the guest's length limit. */
const AT_ONCE = 200;

export function inChunks<T>(all: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) chunks.push(all.slice(at, at + AT_ONCE));
  return chunks;
}

/** Ends a script that may not use `sudo`, whose failure must not pass for an answer. */
export const NEEDS_SUDO = "sudo -n true || exit 1";

/** Runs a script in the guest and returns its stdout. No part of it appears on the host's process list. */
export async function runScript(
  op: Operation,
  instance: string,
  script: string,
  more: Pick<GuestCommand, "workingDirectory" | "stdin"> = {},
): Promise<string> {
  const { args, input } = guestInvocation({ command: script, ...more });
  const { exitCode, stdout, stderr } = await op.multipass.driver.exec(instance, args, {
    ...op.rest,
    input,
  });
  if (exitCode === 0) return stdout;
  throw new MultipassError(`A step in instance "${instance}" failed`, {
    kind: "command-failed",
    details: stderr.trim() || `exit code ${exitCode}`,
    remedy: /sudo/.test(stderr)
      ? "The guest's default user has to be allowed to use `sudo` without a password, as in Ubuntu's images."
      : undefined,
  });
}

/** Makes a folder and its parents: as the guest's user if permitted, so that they belong to that user. */
export function makeFolders(path: string): string {
  return `mkdir -p -- ${quote(path)} 2>/dev/null || sudo -n mkdir -p -- ${quote(path)}`;
}
