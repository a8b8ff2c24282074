import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { MultipassError } from "./errors.ts";
import { processState } from "./process.ts";
import { type Client, noteChange, type Variables, wasCancelled } from "./run.ts";

/** The runner's instructions, sent on its stdin. */
export interface LaunchJob {
  client: string;
  /** Environment variables in addition to those of this process. */
  env: Variables;
  args: string[];
  input?: string | undefined;
  stdoutFile: string;
  stderrFile: string;
  resultFile: string;
}

/** The runner's file, the argument that makes the bundled plugin act as one, and the mark of its process. */
export const RUNNER = "launch-runner";

/** Files in which one launch records its output and result. Only this user can read them. */
function files(folder: string): Pick<LaunchJob, "stdoutFile" | "stderrFile" | "resultFile"> {
  return {
    stdoutFile: join(folder, "stdout"),
    stderrFile: join(folder, "stderr"),
    resultFile: join(folder, "result.json"),
  };
}

/** A launch in a process of its own, running or finished. */
export interface DispatchedLaunch {
  /** Process ID of the runner, by which a later process finds it. 0 if another host has not told it. */
  pid: number;
  /** Milliseconds since the epoch, since after a reboot the process ID may belong to another process. */
  startedAt?: number | undefined;
  /** The folder of its output; on another host, the name of the folder. */
  folder: string;
}

/** What can be seen of a launch. */
export interface LaunchView {
  /** `lost`: its process died without a result. `rebooted`: so did the whole host. */
  state: "running" | "ended" | "lost" | "rebooted";
  /** Null if the client was killed. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Starts `multipass launch` in a process that outlives this one.
 *
 * @param folder used by this launch only, since its files are read as this launch's result
 * @throws MultipassError if it could not be started, or was cancelled before; then nothing was created
 */
export async function dispatchLaunch(
  { client, env = {} }: Client,
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

/** Arguments that turn this Node.js, or the bundled plugin, into the runner. */
function runner(): string[] {
  if (isSea()) return [RUNNER];
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`./${RUNNER}.${extension}`, import.meta.url));
  return existsSync(file) ? [file] : [fileURLToPath(import.meta.url), RUNNER];
}

function notStarted(details: string | undefined, cause: unknown): MultipassError {
  return new MultipassError("Unable to start the launch", { kind: "unknown", details, cause });
}

/** A launch of this computer. */
export function viewOf(launch: DispatchedLaunch): LaunchView {
  const { stdoutFile, stderrFile, resultFile } = files(launch.folder);
  // The order matters: a process that ends between these two lines has already written its result.
  const alive = launchIsUnderWay(launch);
  const result = readIfThere(resultFile);
  const stdout = readIfThere(stdoutFile) ?? "";
  if (result !== undefined) {
    const { exitCode } = JSON.parse(result) as Pick<LaunchView, "exitCode">;
    return { state: "ended", exitCode, stdout, stderr: readIfThere(stderrFile) ?? "" };
  }
  const lost = isOfEarlierBoot(launch) ? "rebooted" : "lost";
  return { state: alive ? "running" : lost, exitCode: null, stdout, stderr: "" };
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Process IDs of the runners that this process has started. */
const startedHere = new Set<number>();

/**
 * Whether the host has rebooted since the launch was dispatched. For this process's own launches we know
 * without the clock, which may be corrected once the network is up.
 */
export function isOfEarlierBoot({ pid, startedAt }: Omit<DispatchedLaunch, "folder">): boolean {
  if (startedHere.has(pid)) return false;
  return startedAt !== undefined && startedAt < Date.now() - uptime() * 1000;
}

/** Whether the launch's runner still exists. */
export function launchIsUnderWay({ pid, startedAt }: Omit<DispatchedLaunch, "folder">): boolean {
  return !isOfEarlierBoot({ pid, startedAt }) && processState(pid) === "ours" && isRunner(pid);
}

export function endLaunch(launch: DispatchedLaunch): void {
  if (!launchIsUnderWay(launch)) return;
  try {
    // Kills the whole process group, which includes the client.
    process.kill(process.platform === "win32" ? launch.pid : -launch.pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Whether a process is a runner, and not one that reused its ID. Only Linux can tell cheaply. */
function isRunner(pid: number): boolean {
  if (process.platform !== "linux") return true;
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // The command line is empty if the process has just ended.
    return words === "" || words.includes(RUNNER);
  } catch {
    return true;
  }
}
