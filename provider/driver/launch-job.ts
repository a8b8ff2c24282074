import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { MultipassError } from "./errors.ts";
import { quote } from "./guest-command.ts";
import { exitCodeIn, launchProgram } from "./launch-program.ts";
import { processState } from "./process.ts";
import { type Client, noteChange, wasCancelled } from "./run.ts";
import { asLine, readerArguments } from "./transport/remote-program.ts";
import type { Invocation } from "./transport/ssh.ts";

/** What a runner is to do. */
export interface LaunchJob extends Omit<Client, "host"> {
  args: string[];
  input: string | undefined;
  /** The folder of the files `stdout`, `stderr` and, last, `result`. Only this user can read them. */
  folder: string;
}

/** The runner's file, the argument that makes the bundled plugin act as one, and the mark of its process. */
export const RUNNER = "launch-runner";

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
 * Starts `multipass launch` in a process that outlives this one. A launch that ends during a download also
 * ends the download of every other launch of that image. A later process can still learn the outcome.
 *
 * @param platform of this computer
 */
export async function dispatchLaunch(
  { client, env }: Client,
  args: string[],
  input: string | undefined,
  folder: string,
  signal?: AbortSignal,
  platform: NodeJS.Platform = process.platform,
): Promise<DispatchedLaunch> {
  noteChange("launch");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw notStarted((cause as Error).message, cause);
  }
  const runner = platform === "win32" ? nodeRunner : shellRunner;
  const { program, args: words, stdin } = runner({ client, env, args, input, folder });
  const { execa } = await import("execa");
  if (signal?.aborted) throw wasCancelled("launch");
  const child = execa(program, words, {
    detached: true,
    cleanup: false,
    reject: false,
    input: stdin,
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

/** A program that runs a launch. The shell takes a tenth of the processor time of Node.js. */
type Runner = (job: LaunchJob) => Invocation & { stdin: string };

const shellRunner: Runner = (job) => ({
  program: "/bin/sh",
  args: readerArguments(RUNNER),
  stdin: asLine(`set -- ${quote(job.folder)}\n${launchProgram(job, job.args, job.input)}`),
});

/** Windows has no such shell. */
const nodeRunner: Runner = (job) => ({
  program: process.execPath,
  args: nodeArguments(),
  stdin: JSON.stringify(job),
});

/** Arguments that turn this Node.js, or the bundled plugin, into the runner. */
function nodeArguments(): string[] {
  if (isSea()) return [RUNNER];
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // This module is also part of the bundle `doors/dynamic/runtime.js`.
  const files = [".", "../../driver"].map((folder) =>
    fileURLToPath(new URL(`${folder}/${RUNNER}.${extension}`, import.meta.url)),
  );
  const file = files.find((one) => existsSync(one));
  return file === undefined ? [fileURLToPath(import.meta.url), RUNNER] : [file];
}

function notStarted(details: string | undefined, cause: unknown): MultipassError {
  return new MultipassError("Unable to start the launch", { kind: "unknown", details, cause });
}

/** What can be seen of a launch of this computer. */
export function viewOf(launch: DispatchedLaunch, isFirst = false): LaunchView {
  const content = (name: "stdout" | "stderr" | "result", lastBytes?: number) =>
    contentOf(join(launch.folder, name), lastBytes);
  // The order matters: a process that ends between these two lines has already written its result.
  const alive = launchIsUnderWay(launch);
  const result = content("result");
  // A power failure can leave an empty file.
  if (result.trim() !== "") {
    const [stdout, stderr] = [content("stdout"), content("stderr")];
    return { state: "ended", exitCode: exitCodeIn(result), stdout, stderr };
  }
  const lost = isOfEarlierBoot(launch) ? "rebooted" : "lost";
  const stdout = content("stdout", isFirst ? undefined : END_BYTES);
  return { state: alive ? "running" : lost, exitCode: null, stdout, stderr: "" };
}

/** Enough for the last steps of a launch. The client draws a spinner all the time, so its output grows. */
export const END_BYTES = 4_000;

/** The content of a file, or its end; empty if it does not exist. */
function contentOf(file: string, lastBytes = Number.POSITIVE_INFINITY): string {
  if (!existsSync(file)) return "";
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, lastBytes));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(descriptor);
  }
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
