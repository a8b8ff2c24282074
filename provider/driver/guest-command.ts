/**
 * Runs a command in the guest without exposing it on the host.
 *
 * `multipass exec` passes a command as arguments, and every user of the host can read a process's arguments.
 * So we always pass the same few words, which read the first line of stdin and run it. The rest of stdin
 * belongs to the command.
 */

export interface GuestCommand {
  /** Words, each passed unchanged, or a shell script as a string. */
  command: readonly string[] | string;
  environment?: Readonly<Record<string, string>> | undefined;
  workingDirectory?: string | undefined;
  stdin?: string | undefined;
}

/**
 * `read` consumes exactly one line, byte by byte, as POSIX demands; `head -c` may consume more than it
 * prints. `printf` is a shell builtin, so the guest's process list does not show the line either. It reads in a
 * subshell, so that the command gets the guest's own variables. Options of the guest (`SHELLOPTS`) would print
 * the line.
 */
const READER = 'set +evx; eval "$(unset p; IFS= read -r p; printf %s "$p" | base64 -d)"';

/** Arguments and stdin for `exec`. */
export function guestInvocation(given: GuestCommand): { args: string[]; input: string } {
  const lines = exported(given.environment);
  if (given.workingDirectory !== undefined) lines.push(`cd ${quote(given.workingDirectory)} || exit 1`);
  lines.push(typeof given.command === "string" ? given.command : `exec ${quoteAll(given.command)}`);
  const program = Buffer.from(lines.join("\n")).toString("base64");
  return { args: ["sh", "-c", READER], input: `${program}\n${given.stdin ?? ""}` };
}

/** Quotes a word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/** The lines that set variables in a POSIX shell. */
export function exported(variables: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
}
