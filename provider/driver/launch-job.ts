import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import type { Driver } from "./driver.ts";
import { cancelled, MultipassError } from "./errors.ts";
import { type LaunchProgress, launchProgress } from "./output.ts";
import { type CallResult, noteChange, type Variables, wasCancelled } from "./run.ts";

/** What the runner is told on its stdin. */
export interface LaunchJob {
  client: string;
  /** Variables besides those of this process. */
  env: Variables;
  args: string[];
  input?: string | undefined;
  stdoutFile: string;
  stderrFile: string;
  resultFile: string;
}

/** The name of the runner's file, and the argument that makes the bundled plugin the runner. It tells the process from others. */
export const RUNNER = "launch-runner";

/** How often progress is read from the files, in milliseconds. */
const POLL_MS = 200;

/** The folder in which one launch leaves what it said. Readable by this user only. */
function files(folder: string): Pick<LaunchJob, "stdoutFile" | "stderrFile" | "resultFile"> {
  return {
    stdoutFile: join(folder, "stdout"),
    stderrFile: join(folder, "stderr"),
    resultFile: join(folder, "result.json"),
  };
}

/** A launch that is under way, or over, in a process of its own. */
export interface DispatchedLaunch {
  /** Process id of the runner: with it a later process can tell whether the launch goes on. */
  pid: number;
  /** Milliseconds since the epoch. A process id of an earlier boot of the host is another process's by now. */
  startedAt?: number | undefined;
  folder: string;
}

/**
 * Starts `multipass launch` in a process that outlives this one.
 *
 * @param folder of this launch alone: what is written there is taken for its own
 * @throws MultipassError where it could not be started, or was cancelled before; then nothing was made
 */
export async function dispatchLaunch(
  { client, env }: Pick<Driver, "client" | "env">,
  args: string[],
  input: string | undefined,
  folder: string,
  signal?: AbortSignal,
): Promise<DispatchedLaunch> {
  noteChange("launch");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw notStarted((cause as Error).message, cause);
  }
  const job: LaunchJob = { client, env, args, input, ...files(folder) };
  const { execa } = await import("execa");
  if (signal?.aborted) throw wasCancelled("launch");
  const child = execa(process.execPath, runner(), {
    detached: true,
    cleanup: false,
    reject: false,
    input: JSON.stringify(job),
    stdout: "ignore",
    stderr: "ignore",
    windowsHide: true,
  });
  if (child.pid === undefined) {
    const failure = await child;
    throw notStarted(failure.originalMessage, failure.cause);
  }
  startedHere.add(child.pid);
  return { pid: child.pid, startedAt: Date.now(), folder };
}

/** Arguments with which this Node.js becomes the runner: its file, or the bundled plugin, which plays it when it is told to. */
function runner(): string[] {
  if (isSea()) return [RUNNER];
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`./${RUNNER}.${extension}`, import.meta.url));
  return existsSync(file) ? [file] : [fileURLToPath(import.meta.url), RUNNER];
}

function notStarted(details: string | undefined, cause: unknown): MultipassError {
  return new MultipassError("Unable to start the launch", { kind: "unknown", details, cause });
}

/**
 * Waits until the launch is over.
 *
 * @returns its exit code and output, or undefined when a process of it is gone without a result (killed, host restarted):
 *   then only a look at the instances can tell what it did
 */
export async function awaitLaunch(
  launch: DispatchedLaunch,
  options: {
    signal?: AbortSignal | undefined;
    onProgress?: (progress: LaunchProgress) => void;
    /** Whether nobody needs its end any more. */
    isOver?: () => boolean;
    sleep: (ms: number) => Promise<void>;
  },
): Promise<CallResult | undefined> {
  const { stdoutFile, stderrFile, resultFile } = files(launch.folder);
  let shown = "";
  for (;;) {
    // The order matters: a process that ends between the two looks has left its result by then.
    const alive = launchIsUnderWay(launch);
    const result = readIfThere(resultFile);
    if (result !== undefined) {
      noteChange("launch");
      const { exitCode } = JSON.parse(result) as { exitCode: number | null };
      // The client was killed, which says no more than a runner that was.
      if (exitCode === null) return undefined;
      return {
        exitCode,
        stdout: readIfThere(stdoutFile) ?? "",
        stderr: readIfThere(stderrFile) ?? "",
      };
    }
    if (!alive || options.isOver?.()) return undefined;
    if (options.signal?.aborted) throw cancelled("The launch was left to go on by itself");
    const progress = launchProgress(readIfThere(stdoutFile) ?? "");
    if (progress && JSON.stringify(progress) !== shown) {
      shown = JSON.stringify(progress);
      options.onProgress?.(progress);
    }
    await options.sleep(POLL_MS);
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Process ids of the runners that this process has started. */
const startedHere = new Set<number>();

/**
 * Whether the host has been started anew since a launch was dispatched. Of one's own launches that is known without the clock, which may be set
 * when the network comes.
 */
export function isOfEarlierBoot({ pid, startedAt }: Omit<DispatchedLaunch, "folder">): boolean {
  if (startedHere.has(pid)) return false;
  return startedAt !== undefined && startedAt < Date.now() - uptime() * 1000;
}

/** Whether the process that looks after a launch is still there. */
export function launchIsUnderWay({ pid, startedAt }: Omit<DispatchedLaunch, "folder">): boolean {
  if (isOfEarlierBoot({ pid, startedAt })) return false;
  try {
    process.kill(pid, 0);
  } catch {
    // Not there, or another user's, and so none of ours.
    return false;
  }
  return isRunner(pid);
}

/** Ends a launch's client. The daemon goes on with an instance that it has started. */
export function endLaunch(launch: DispatchedLaunch): void {
  if (!launchIsUnderWay(launch)) return;
  try {
    // With its group, in which the client is.
    process.kill(process.platform === "win32" ? launch.pid : -launch.pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Whether a process is a launch's runner, and not another one that was given its id later. Only Linux tells without the start of a process. */
function isRunner(pid: number): boolean {
  if (process.platform !== "linux") return true;
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // It has no words left when it has just ended.
    return words === "" || words.includes(RUNNER);
  } catch {
    return true;
  }
}
