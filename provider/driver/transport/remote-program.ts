/**
 * Programs for the POSIX shell of another host.
 *
 * `ssh` hands its command to the login shell of the remote user, which may be fish or csh. So that command is
 * always the same few words: a POSIX shell that reads one line from stdin and runs it. The rest of stdin
 * belongs to the program. No argument ever passes through an unknown shell, and none can be seen in the
 * process list before the client itself runs.
 */

import { Readable } from "node:stream";
import { exported, quote, quoteAll } from "../guest-command.ts";
import type { Input, OnOutput } from "../process.ts";

/**
 * `read` consumes exactly one line, byte by byte, and fails if the line was cut off. It reads in a subshell, so
 * that the program sees the user's own variable of that name, and no command gets the line in one. Options of
 * the user's (`SHELLOPTS`) would print the line, or end it at the first failure.
 */
const READER = 'set +evx; eval "$(unset p; IFS= read -r p && printf %b "$p" || echo exit 1)"';

/** Arguments for a shell that runs a program from stdin. @param tag marks the process, for a later look */
export const readerArguments = (tag: string): string[] => ["-c", READER, tag];

/** The command for `ssh`. */
export function readerCommand(tag: string): string {
  return `exec sh ${quoteAll(readerArguments(tag))}`;
}

/** Writes a program as one line, which `printf %b` turns back. */
export function asLine(program: string): string {
  return `${program.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
}

/** The input of a framed program, after the line that holds the program. */
export function afterLine(line: Buffer, input: Input | undefined): Input {
  if (input === undefined) return line;
  if (!(input instanceof Readable)) return Buffer.concat([line, Buffer.from(input)]);
  return Readable.from(
    (async function* () {
      yield line;
      yield* input;
    })(),
  );
}

/** Where the installers put the client. The PATH of a session over ssh is short. */
const USUAL_FOLDERS = ["/snap/bin", "/var/lib/snapd/snap/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Makes the client's usual folders known. The host's own PATH comes first. */
export const FIND_CLIENT = `PATH="$PATH:${USUAL_FOLDERS.join(":")}"; export PATH`;

/** Runs a client with these arguments as a process of its own, which announces its id on stderr. */
export function clientProgram(
  mark: string,
  client: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): string {
  return [
    FIND_CLIENT,
    `command -v ${quote(client)} >/dev/null 2>&1 || { echo ${quote(`${mark} missing`)} >&2; exit 127; }`,
    ...exported(env),
    `sh -c 'echo "$0 pid $$" >&2; exec "$@"' ${quoteAll([mark, client, ...args])}`,
  ].join("\n");
}

/**
 * Frames a program, so that its output and exit code can be told from those of ssh and the login shell. A
 * program whose end is not announced was cut off, whatever the exit code says.
 */
export function framed(mark: string, program: string): string {
  return `echo ${mark}; echo ${mark} >&2\n(\n${program}\n)\nprintf '\\n%s ended %s\\n' ${mark} "$?" >&2`;
}

const endOf = (mark: string) => `\n${mark} ended `;

/** Tells when a framed program has ended, from its output as it comes. */
export function endIn(mark: string): (stream: "stdout" | "stderr", chunk: Buffer) => boolean {
  const end = endOf(mark);
  let last = "";
  return (stream, chunk) => {
    if (stream === "stdout") return false;
    const text = last + chunk.toString("latin1");
    last = text.slice(-end.length);
    return text.includes(end);
  };
}

export interface Heard {
  /** Whether the host has begun to run the program. */
  begun: boolean;
  /** Undefined if the connection was cut before the end. */
  exitCode: number | undefined;
  /** Whether the host has no such client. */
  isMissing: boolean;
  /** Process id of the client on the host. */
  pid: number | undefined;
  stdout: string;
  stderr: string;
}

/** Takes a framed program's output apart. Text before the frame is the login shell's, or ssh's own. */
export function unframed(mark: string, stdout: string, stderr: string): Heard {
  const [, said = ""] = cut(stdout, `${mark}\n`);
  const [before, after] = cut(stderr, `${mark}\n`);
  const end = after?.lastIndexOf(endOf(mark)) ?? -1;
  const exitCode = end < 0 ? undefined : Number.parseInt(after?.slice(end + mark.length + 8) ?? "", 10);
  const inside = (end < 0 ? after : after?.slice(0, end)) ?? "";
  const pid = new RegExp(`^${mark} pid (\\d+)\n`).exec(inside);
  return {
    begun: after !== undefined,
    exitCode,
    isMissing: inside === `${mark} missing\n`,
    pid: pid ? Number(pid[1]) : undefined,
    stdout: said,
    stderr: after === undefined ? before : inside.slice(pid?.[0].length ?? 0),
  };
}

/** Passes the output of a framed program on as it comes: all of stdout, and whole lines of stderr. */
export function unframedLive(mark: string, onOutput: OnOutput): OnOutput {
  const held: Record<"stdout" | "stderr", Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const begun = { stdout: false, stderr: false };
  return (stream, chunk) => {
    let text: Buffer = Buffer.concat([held[stream], chunk]);
    held[stream] = Buffer.alloc(0);
    if (!begun[stream]) {
      const index = text.indexOf(`${mark}\n`);
      begun[stream] = index >= 0;
      if (index < 0) held[stream] = text;
      text = index < 0 ? Buffer.alloc(0) : text.subarray(index + mark.length + 1);
    }
    if (stream === "stderr") {
      const end = text.lastIndexOf("\n") + 1;
      if (begun.stderr) held.stderr = text.subarray(end);
      text = withoutMarked(mark, text.subarray(0, end));
    }
    if (text.length > 0) onOutput(stream, text);
  };
}

function withoutMarked(mark: string, lines: Buffer): Buffer {
  if (!lines.includes(mark)) return lines;
  // Every byte is one character of latin1, and comes back as it was.
  const kept = lines
    .toString("latin1")
    .split(/(?<=\n)/)
    .filter((line) => !line.includes(mark));
  return Buffer.from(kept.join(""), "latin1");
}

function cut(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + at.length)];
}
