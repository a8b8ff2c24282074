import { Readable } from "node:stream";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { timerMs } from "./limits.ts";
import { MIB } from "./size.ts";

/** MiB to keep of each output stream; `exec` may print anything. */
export const MAX_OUTPUT_MIB = 64;
/** MiB to keep of the end of an output that somebody follows as it comes. */
const FOLLOWED_MIB = 1;
/** Bytes to keep of an output's beginning in any case. */
const BEGINNING = 16 * 1024;

/** Milliseconds to wait for more output of an ended process: without any output, and in total. */
const LATE_OUTPUT_MS = 1_000;
const LATEST_OUTPUT_MS = 5_000;

export interface Ended {
  /** Undefined if the process was not started, or a signal ended it. */
  exitCode: number | undefined;
  signal: string | undefined;
  timedOut: boolean;
  isCanceled: boolean;
  /** The process was ended because it printed too much. */
  printedTooMuch: boolean;
  stdout: string;
  stderr: string;
  /** Why the process could not be started. */
  originalMessage: string | undefined;
  cause?: unknown;
}

export type OnOutput = (stream: "stdout" | "stderr", chunk: Buffer) => void;

export type Input = string | Uint8Array | Readable;

/** What a process gets, and how long it may take. */
export interface Limits {
  /** Content of stdin. If undefined, stdin is closed, so that no prompt can wait for an answer. */
  input?: Input | undefined;
  /** Milliseconds after which the process is ended. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Called with each part of the output as it comes. */
  onOutput?: OnOutput | undefined;
}

interface ProcessOptions extends Limits {
  /** Whether another process writes the output, perhaps only after the end of this one. */
  sharesOutput?: boolean;
  /** Whether this is the end of the output, although the process may go on. */
  isLast?(stream: "stdout" | "stderr", chunk: Buffer): boolean;
  /** Whether to end the process's descendants with it. */
  killDescendants?: boolean;
  /** Environment variables in addition to those of this process. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** Milliseconds between the request to end and the kill. */
export const GRACE_MS = 2_000;

/** Whether a process exists, and may be signalled by this user. An ID in use again counts as the process. */
export function processState(pid: number): "ours" | "others" | "none" {
  try {
    process.kill(pid, 0);
    return "ours";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "none" : "others";
  }
}

/**
 * Runs a process to its end, however it ends. Rejects only if its input cannot be read.
 *
 * Collects the output here instead of in execa. For a process that fails, execa applies a regular expression
 * to all of it. For 20 MB that blocks the event loop for seconds, and 70 MB of NUL crash Node.js 22.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  {
    input,
    onOutput,
    timeoutMs,
    signal: cancelSignal,
    sharesOutput,
    isLast,
    killDescendants = false,
    env = {},
  }: ProcessOptions,
): Promise<Ended> {
  // Loaded on demand: execa is the largest module here, and a run without changes calls nothing.
  const { execa } = await import("execa");
  const child = execa(file, args, {
    timeout: timerMs(timeoutMs),
    forceKillAfterDelay: GRACE_MS,
    ...{ killDescendants, cancelSignal, env },
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    reject: false,
    windowsHide: true,
    buffer: false,
  });
  const { nodeChildProcess } = child;
  let printedTooMuch = false;
  let chunks = 0;
  // A child of the process may keep its output open.
  const closeWhenQuiet = async () => {
    for (let waited = 0, heard = -1; heard < chunks && waited < LATEST_OUTPUT_MS; waited += LATE_OUTPUT_MS) {
      heard = chunks;
      await delay(LATE_OUTPUT_MS, undefined, { ref: false });
      // What came while this process was busy is read now.
      await immediate();
    }
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    // After its end, this would reach its children.
    if (nodeChildProcess?.exitCode === null && nodeChildProcess.signalCode === null) child.kill();
  };
  const collect = (name: "stdout" | "stderr") => {
    const kept = new Kept(onOutput ? FOLLOWED_MIB : MAX_OUTPUT_MIB);
    child[name]?.on("data", (chunk: Buffer) => {
      chunks += 1;
      if (isLast?.(name, chunk)) void closeWhenQuiet();
      onOutput?.(name, chunk);
      if (printedTooMuch) return;
      kept.take(chunk);
      if (onOutput || !kept.isShortened) return;
      printedTooMuch = true;
      child.kill();
    });
    // Nobody reads an output that is refused, but its beginning may name a process to end on another host.
    return () => (printedTooMuch ? kept.beginning : kept.text);
  };
  let unread: Error | undefined;
  if (input instanceof Readable) {
    input.once("error", (error: NodeJS.ErrnoException) => {
      // A process that ends early closes its stdin; why it ended is in its output.
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") unread = error;
    });
  }
  nodeChildProcess?.once("exit", () => {
    const wasEnded = nodeChildProcess.killed || cancelSignal?.aborted;
    // Output that is still on its way can name the process to end on the other host.
    if (wasEnded || !sharesOutput) void closeWhenQuiet();
  });
  const [stdout, stderr] = [collect("stdout"), collect("stderr")];
  const { exitCode, signal, timedOut, isCanceled, originalMessage, cause } = await child;
  if (unread) throw unread;
  return {
    ...{ exitCode, signal, timedOut, isCanceled, originalMessage, cause, printedTooMuch },
    ...{ stdout: stdout(), stderr: stderr() },
  };
}

/** The note in place of what is missing from an output. */
export const LEFT_OUT = /\n… [\d.]+ MiB are left out here …\n/;

/** Keeps the beginning of an output and its end, with a note of what is missing between them. */
class Kept {
  readonly #lastBytes: number;
  readonly #first: Buffer[] = [];
  readonly #last: Buffer[] = [];
  /** Bytes of `#first`, of `#last`, and between them. */
  readonly #bytes = { first: 0, last: 0, missing: 0 };

  constructor(lastMib: number) {
    this.#lastBytes = lastMib * MIB;
  }

  take(chunk: Buffer): void {
    const bytes = this.#bytes;
    if (bytes.first < BEGINNING) {
      this.#first.push(chunk);
      bytes.first += chunk.length;
      return;
    }
    this.#last.push(chunk);
    bytes.last += chunk.length;
    while (bytes.last - (this.#last[0]?.length ?? 0) >= this.#lastBytes) {
      const { length } = this.#last.shift() as Buffer;
      bytes.last -= length;
      bytes.missing += length;
    }
  }

  get isShortened(): boolean {
    return this.#bytes.missing > 0;
  }

  get beginning(): string {
    return Buffer.concat(this.#first).toString();
  }

  get text(): string {
    const note = `\n… ${(this.#bytes.missing / MIB).toFixed(1)} MiB are left out here …\n`;
    const between = this.isShortened ? [Buffer.from(note)] : [];
    return Buffer.concat([...this.#first, ...between, ...this.#last]).toString();
  }
}
