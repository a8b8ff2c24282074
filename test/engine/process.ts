import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Started {
  child: ChildProcess;
  /** Resolves with the exit code, or the name of the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals>;
}

export interface StartOptions {
  args: string[];
  cwd: string;
  env: Record<string, string | undefined>;
  /** Runs in its own process group, which a terminal's interrupts do not reach. */
  detached?: boolean;
  onStdout: (line: string) => void;
  onStderr: (line: string) => void;
}

const LAZY_MODULES = fileURLToPath(new URL("./lazy-modules.cjs", import.meta.url));

/** Starts a script of the SDK in Node.js and passes on its output line by line. */
export function startNode(o: StartOptions): Started {
  return start({ ...o, args: ["--require", LAZY_MODULES, ...o.args], file: process.execPath });
}

/** Starts a program and passes on its output line by line. */
export function start(o: StartOptions & { file: string }): Started {
  const child = spawn(o.file, o.args, {
    cwd: o.cwd,
    env: { ...process.env, ...o.env },
    detached: o.detached ?? false,
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stdout }).on("line", o.onStdout);
  createInterface({ input: child.stderr }).on("line", o.onStderr);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code ?? 1));
  });
  return { child, ended };
}

/** Ends a process gracefully, and by force if it does not react. */
export async function stop({ child, ended }: Started): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
  await ended.catch(() => undefined);
  clearTimeout(timer);
}

/** Ends a process that is still running some time after a signal. */
export function stopAfter(signal: AbortSignal, started: Started, ms: number): void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => void stop(started), ms).unref();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const forget = () => {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  };
  started.ended.then(forget, forget);
}
