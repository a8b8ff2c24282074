/** MiB of each output that are kept; `exec` may print anything. */
export const MAX_OUTPUT_MIB = 64;

/** How a process has ended, and what it has said. */
export interface Ended {
  /** Undefined where it was not started at all, or ended by a signal. */
  exitCode: number | undefined;
  signal: string | undefined;
  timedOut: boolean;
  isCanceled: boolean;
  /** It was ended for that. */
  printedTooMuch: boolean;
  stdout: string;
  stderr: string;
  /** Why it could not be started. */
  originalMessage: string | undefined;
  cause: unknown;
}

interface ProcessOptions {
  /** Without it stdin is closed, so that no prompt can ever wait for an answer. */
  input?: string | Uint8Array | undefined;
  /** Milliseconds. */
  timeout: number;
  /** Milliseconds between the request to end and the kill. */
  forceKillAfterDelay?: number;
  /** Whether what the process has started is ended with it. */
  killDescendants?: boolean;
  cancelSignal?: AbortSignal | undefined;
  /** Variables besides those of this process. */
  env?: Readonly<Record<string, string>>;
}

/**
 * Runs a process to its end, however that is.
 *
 * What it prints is collected here and not by execa, which makes an error's message of all of it by a regular expression whenever a process
 * fails: 20 MB hold up the event loop for seconds, and 70 MB of NUL end Node.js 22.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  { input, ...options }: ProcessOptions,
): Promise<Ended> {
  // The largest of what is loaded here, and a run without changes calls nothing.
  const { execa } = await import("execa");
  const child = execa(file, args, {
    ...options,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    reject: false,
    windowsHide: true,
    buffer: false,
  });
  let printedTooMuch = false;
  const collect = (stream: NodeJS.ReadableStream | null) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_OUTPUT_MIB * 1024 * 1024) chunks.push(chunk);
      else if (!printedTooMuch) {
        printedTooMuch = true;
        child.kill();
      }
    });
    return () => Buffer.concat(chunks).toString();
  };
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const { exitCode, signal, timedOut, isCanceled, originalMessage, cause } = await child;
  return {
    ...{ exitCode, signal, timedOut, isCanceled, originalMessage, cause, printedTooMuch },
    ...{ stdout: stdout(), stderr: stderr() },
  };
}
