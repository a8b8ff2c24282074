import { exported, quote, quoteAll } from "./guest-command.ts";
import type { Client } from "./run.ts";

/**
 * Folders of the tools that the program itself needs. They come last, so that the user's own PATH takes
 * precedence.
 */
const FIND_TOOLS = 'PATH="$PATH:/usr/bin:/bin"; export PATH';

/** Seconds for which output is awaited after the end of a client whose child keeps it open. */
const LATE_OUTPUT_S = 1;

/**
 * The program that runs a launch to its end, for a POSIX shell on any host. It expects the launch's folder as
 * the parameter `$1`, since a variable would replace one of the client's. It writes the files `stdout` and
 * `stderr` there and, last, the exit code as `result`. The user-data never touches a disk or an argument list.
 *
 * The client writes into pipes, because one that a snap confines may not write into a hidden folder. The inner
 * parentheses must not become braces: a shell keeps copies of what braces redirect, and the process that
 * sleeps would hold the pipe open by them.
 */
export function launchProgram(
  { client, env }: Client,
  args: readonly string[],
  input: string | undefined,
): string {
  const end = 'mv "$1/code" "$1/result"';
  return `${[...exported(env), FIND_TOOLS].join("\n")}
(umask 077; : >"$1/code" >"$1/stdout" >"$1/stderr")
trap '' HUP
{ (
printf %s ${quote(input ?? "")} | sh -c '(umask 077; echo $$ >"$0"); exec "$@"' "$1/client" ${quoteAll([client, ...args])}
echo $? >"$1/code"
(sleep ${LATE_OUTPUT_S}; ${end}) >/dev/null 2>&1 &
) 2>&3 3>&- | cat >"$1/stdout" 3>&-; } 3>&1 | cat >"$1/stderr"
${end}`;
}

/**
 * The client's exit code; null if it is unknown. A shell reports a client that it could not start by 126 or
 * 127, and one that a signal ended by a higher code.
 */
export function exitCodeIn(result: string | undefined): number | null {
  const text = result?.trim() ?? "";
  const code = Number(text);
  return text !== "" && Number.isInteger(code) && (code < 126 || code === 255) ? code : null;
}
