/**
 * Runs one `multipass launch` to its end, stores the client's output in files, and records the exit code
 * last. Used on Windows; elsewhere `launchProgram` does the same in a POSIX shell.
 *
 * stdin: one JSON document of the type `LaunchJob`. It carries the user-data, which therefore never touches a
 * disk or an argument list.
 *
 * Every launch starts this file, so it loads only Node's own modules: with execa it took four times as long.
 */
import { spawn } from "node:child_process";
import { openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { LaunchJob } from "./launch-job.ts";

/** @returns the client's exit code; null if it was killed or could not be started */
async function runJob(job: LaunchJob): Promise<number | null> {
  // Created here with a mode that lets only this user read them.
  const stdout = openSync(join(job.folder, "stdout"), "w", 0o600);
  const stderr = openSync(join(job.folder, "stderr"), "w", 0o600);
  if (/\.(?:cmd|bat)$/i.test(job.client)) return runBatchFile(job, { stdout, stderr });
  const child = spawn(job.client, job.args, {
    env: { ...process.env, ...job.env },
    windowsHide: true,
    stdio: [job.input === undefined ? "ignore" : "pipe", stdout, stderr],
  });
  // The client may end before it has read everything; its exit code says why.
  child.stdin?.on("error", () => undefined).end(job.input);
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, passOn);
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
}

/** Windows runs batch files only through a shell, and execa knows its quoting. */
async function runBatchFile(
  { client, args, env, input }: LaunchJob,
  outputs: Record<"stdout" | "stderr", number>,
): Promise<number | null> {
  const { runProcess } = await import("./process.ts");
  const { exitCode } = await runProcess(client, args, {
    ...{ env, input, timeoutMs: Number.POSITIVE_INFINITY },
    onOutput: (stream, chunk) => writeSync(outputs[stream], chunk),
  });
  return exitCode ?? null;
}

const job = JSON.parse(await text(process.stdin)) as LaunchJob;
const exitCode = await runJob(job);
// Written completely before it gets its name, so a reader never sees half of it, even after a power failure.
const result = join(job.folder, "result");
writeFileSync(`${result}.new`, String(exitCode), { mode: 0o600, flush: true });
renameSync(`${result}.new`, result);
