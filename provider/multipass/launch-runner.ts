/**
 * Runs one `multipass launch` to its end, in a process group of its own.
 *
 * A launch outlives the one who asked for it: ended in the middle of a download it would take the download of every other launch
 * of that image with it, and a plugin that was killed could never learn how it ended. So this small process stays between the
 * plugin and the client, keeps what the client says in files, and records the exit code last.
 *
 * stdin: one JSON document of the type `LaunchJob`. It carries the user-data, which therefore never touches a disk or an argv.
 */
import { createWriteStream } from "node:fs";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import writeFileAtomic from "write-file-atomic";
import type { LaunchJob } from "./launch-job.ts";

const job = JSON.parse(await text(process.stdin)) as LaunchJob;
const options = { flags: "w", mode: 0o600 } as const;
const child = execa(job.client, job.args, {
  reject: false,
  buffer: false,
  windowsHide: true,
  ...(job.input === undefined ? { stdin: "ignore" as const } : { input: job.input }),
});
child.stdout.pipe(createWriteStream(job.stdoutFile, options));
child.stderr.pipe(createWriteStream(job.stderrFile, options));
const result = await child;
await writeFileAtomic(
  job.resultFile,
  JSON.stringify({ exitCode: result.exitCode ?? null, endedAt: Date.now() }),
  { mode: 0o600 },
);
