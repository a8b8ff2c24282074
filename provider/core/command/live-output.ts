import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import { isLogRecord } from "../../driver/output.ts";
import type { Log } from "../context.ts";
import type { CommandInputs } from "./model.ts";

type Stream = "stdout" | "stderr";

/** Milliseconds between two messages about the output. */
const EVERY_MS = 1_000;
/** Characters of the longest line that is shown. A secret in a line that is cut could not be recognised. */
const LONGEST = 2_000;
/** Bytes at the end of a chunk that are read if only the last line is shown. */
const ENOUGH = 16_384;
/** Lines of that end that are split, so that a few empty ones do not hide the last line. */
const LAST = 10;
/** Characters that are kept for the log at most. */
const KEPT = 64_000;
/**
 * Characters that are kept at most while a secret may continue on the next line: enough for a key of 4,096
 * bits.
 */
const KEPT_TOGETHER = 69_000;

/**
 * The end of a line of Base64 that may continue on the next one. A secret is only recognised in both
 * together.
 */
const GOES_ON = /[A-Za-z0-9+/]{60}\n?$/;

/** The streams that `logging` puts into the log. */
const LOGGED: Readonly<Record<NonNullable<CommandInputs["logging"]>, readonly Stream[]>> = {
  stdout: ["stdout"],
  stderr: ["stderr"],
  stdoutAndStderr: ["stdout", "stderr"],
  none: [],
};

/**
 * Shows what a command prints while it runs. The last line goes into the row of its resource. All lines go
 * into the log if `logging` says so. Shows no stream that the program marks as secret.
 */
export class LiveOutput {
  readonly #log: Log;
  readonly #shown: readonly Stream[];
  readonly #logged: readonly Stream[];
  readonly #lines: Record<Stream, Lines> = { stdout: new Lines(), stderr: new Lines() };
  readonly #goesOn: Record<Stream, boolean> = { stdout: false, stderr: false };
  #timer: NodeJS.Timeout | undefined;
  #last: string | undefined;
  #due: string | undefined;
  #kept = "";

  constructor(log: Log, { logging, secrets = [] }: Pick<CommandInputs, "logging" | "secrets">) {
    this.#log = log;
    const open = (["stdout", "stderr"] as const).filter((stream) => !secrets.includes(stream));
    this.#shown = logging === "none" ? [] : open;
    this.#logged = open.filter((stream) => logging !== undefined && LOGGED[logging].includes(stream));
  }

  readonly take = (stream: Stream, chunk: Buffer): void => {
    if (!this.#shown.includes(stream)) return;
    this.#timer ??= setInterval(() => this.#say(), EVERY_MS);
    const lines = this.#lines[stream];
    const isWanted = this.#logged.includes(stream) || chunk.length <= ENOUGH;
    for (const line of isWanted ? lines.take(chunk) : lines.takeEnd(chunk)) this.#takeLine(stream, line);
  };

  end(): void {
    clearInterval(this.#timer);
    for (const stream of this.#logged)
      for (const line of this.#lines[stream].end()) this.#takeLine(stream, line);
    this.#flush();
  }

  #takeLine(stream: Stream, line: string): void {
    if (line === "" || (stream === "stderr" && isLogRecord(line))) return;
    const goesOn = GOES_ON.test(line);
    // The row has room for one line.
    if (!goesOn && !this.#goesOn[stream]) this.#last = line;
    this.#goesOn[stream] = goesOn;
    if (!this.#logged.includes(stream)) return;
    this.#kept += `${line}\n`;
    if (this.#kept.length > (goesOn ? KEPT_TOGETHER : KEPT)) this.#flush();
  }

  /** Shows an older last line, so that a password printed by a command that ends at once stays hidden. */
  #say(): void {
    if (this.#due !== undefined) this.#log.status(this.#due);
    this.#due = this.#last;
    if (!GOES_ON.test(this.#kept)) this.#flush();
  }

  #flush(): void {
    if (this.#kept !== "") this.#log.info(this.#kept.trimEnd());
    this.#kept = "";
  }
}

/** Splits a stream into lines without control characters. Keeps no more than one line. */
class Lines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #isTooLong = false;

  take(chunk: Buffer, most = Number.POSITIVE_INFINITY): string[] {
    // A carriage return is how a progress bar overwrites its line.
    const [first = "", ...others] = this.#decoder.write(chunk).split(/[\r\n]/);
    const parts = [this.#rest + first, ...others];
    const rest = parts.pop() as string;
    const skipped = Math.max(0, parts.length - most);
    const lines = parts
      .slice(skipped)
      .map((line, at) => (this.#isTooLong && skipped + at === 0 ? TOO_LONG : clean(line)));
    this.#isTooLong = (this.#isTooLong && parts.length === 0) || rest.length > LONGEST;
    this.#rest = this.#isTooLong ? "" : rest;
    return lines;
  }

  /** The lines that end in the last part of a large chunk. The others are neither read nor kept. */
  takeEnd(chunk: Buffer): string[] {
    this.#rest = "";
    this.#isTooLong = true;
    return this.take(chunk.subarray(-ENOUGH), LAST);
  }

  end(): string[] {
    return this.#isTooLong ? [TOO_LONG] : [clean(this.#rest)];
  }
}

const TOO_LONG = `(a line of more than ${LONGEST} characters)`;

function clean(line: string): string {
  if (line.length > LONGEST) return TOO_LONG;
  return stripVTControlCharacters(line)
    .replaceAll("\t", " ")
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, "")
    .trim();
}
