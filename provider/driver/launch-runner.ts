/**
 * Runs one `multipass launch` to its end, in a process group of its own.
 *
 * A launch outlives the one who asked for it: ended in the middle of a download it would take the download of every other launch
 * of that image with it, and a plugin that was killed could never learn how it ended. So this small process stays between the
 * plugin and the client, keeps what the client says in files, and records the exit code last.
 *
 * stdin: one JSON document of the type `LaunchJob`. It carries the user-data, which therefore never touches a disk or an argv.
 *
 * Starts once for every launch, so it loads nothing but Node's own modules: with execa it took four times as long.
 */
import { spawn } from "node:child_process";
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { LaunchJob } from "./launch-job.ts";

/** @returns the client's exit code; null where it was killed, or could not be started */
async function runJob(job: LaunchJob): Promise<number | null> {
  // Created here, so that only this user can read them.
  const stdout = openSync(job.stdoutFile, "w", 0o600);
  const stderr = openSync(job.stderrFile, "w", 0o600);
  if (/\.(?:cmd|bat)$/i.test(job.client)) return runBatchFile(job);
  const child = spawn(job.client, job.args, {
    env: { ...process.env, ...job.env },
    windowsHide: true,
    stdio: [job.input === undefined ? "ignore" : "pipe", stdout, stderr],
  });
  // The client may end without having read everything; its exit code says why.
  child.stdin?.on("error", () => undefined).end(job.input);
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, passOn);
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
}

/** Windows starts a batch file by a shell only, whose quoting execa knows. */
async function runBatchFile(job: LaunchJob): Promise<number | null> {
  const { execa } = await import("execa");
  const { exitCode } = await execa(job.client, job.args, {
    env: job.env,
    reject: false,
    windowsHide: true,
    stdout: { file: job.stdoutFile },
    stderr: { file: job.stderrFile },
    // What is said is in the files; kept here as well it could end this process.
    buffer: false,
    ...(job.input === undefined ? { stdin: "ignore" as const } : { input: job.input }),
  });
  return exitCode ?? null;
}

const job = JSON.parse(await text(process.stdin)) as LaunchJob;
const exitCode = await runJob(job);
// Whoever finds the file finds all of it, also after the host has lost its power.
const file = openSync(`${job.resultFile}.new`, "w", 0o600);
writeSync(file, JSON.stringify({ exitCode, endedAt: Date.now() }));
fsyncSync(file);
closeSync(file);
renameSync(`${job.resultFile}.new`, job.resultFile);
