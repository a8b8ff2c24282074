/**
 * A command in the guest, so that nothing of it can be read on the host.
 *
 * `multipass exec` passes a command as arguments, and every user of the host can read the arguments of a process. So the arguments are
 * always the same few words, which read the first line of stdin and run what is in it; the rest of stdin is the command's own.
 */

export interface GuestCommand {
  /** Words, each passed as it is, or the text of a shell script. */
  command: readonly string[] | string;
  environment?: Readonly<Record<string, string>> | undefined;
  workingDirectory?: string | undefined;
  stdin?: string | undefined;
}

/**
 * `read` takes exactly one line, byte by byte, as POSIX demands; `head -c` may take more than it gives. `printf` is part of the shell, so
 * that the guest's process list does not show the line either.
 */
const READER = 'IFS= read -r p; eval "$(printf %s "$p" | base64 -d)"';

/** Arguments and stdin for `exec`. */
export function guestInvocation(given: GuestCommand): { args: string[]; input: string } {
  const lines = Object.entries(given.environment ?? {}).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  if (given.workingDirectory !== undefined) lines.push(`cd ${quote(given.workingDirectory)} || exit 1`);
  lines.push(
    typeof given.command === "string" ? given.command : `exec ${given.command.map(quote).join(" ")}`,
  );
  const program = Buffer.from(lines.join("\n")).toString("base64");
  return { args: ["sh", "-c", READER], input: `${program}\n${given.stdin ?? ""}` };
}

/** A word that a POSIX shell reads back as it is. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
