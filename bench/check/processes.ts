/** Processor time of Node.js processes, which other load on the computer hardly changes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { median } from "../measure.ts";
import type { Measured } from "./verdict.ts";

const repository = join(import.meta.dirname, "..", "..");
const ROUNDS = 5;
/** A process that takes longer has hung. */
const PATIENCE_MS = 60_000;
const QUIET = "--disable-warning=ExperimentalWarning";

/** Imports one module after the other, and prints the milliseconds of processor time of each. */
const importing = (modules: readonly string[]) => `
const took = [];
for (const module of ${JSON.stringify(modules)}) {
  const before = process.cpuUsage();
  await import(module);
  const { user, system } = process.cpuUsage(before);
  took.push((user + system) / 1000);
}
console.log(JSON.stringify(took));`;

/** What the imports of a program and of a plugin process take, over that of Pulumi's SDK before them. */
export async function imports(
  program = "pulumi-multipass",
  runtime = "pulumi-multipass/runtime",
): Promise<Measured> {
  const args = [QUIET, "--input-type=module", "--eval", importing(["@pulumi/pulumi", program, runtime])];
  const ratios: [program: number, runtime: number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout } = await execa(process.execPath, args, { cwd: repository, timeout: PATIENCE_MS });
    const [sdk, own, rest] = JSON.parse(stdout) as [number, number, number];
    ratios.push([own / sdk, rest / sdk]);
  }
  return {
    "check.import": median(ratios.map(([own]) => own)),
    "check.runtime": median(ratios.map(([, rest]) => rest)),
  };
}

/** Nanoseconds of processor time of all threads of a process: see proc_pid_schedstat(5). */
function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const timeOf = (task: string) => {
    try {
      return Number(readFileSync(join(tasks, task, "schedstat"), "utf8").split(" ")[0]);
    } catch {
      return 0; // The thread has ended since.
    }
  };
  return readdirSync(tasks).reduce((sum, task) => sum + timeOf(task), 0);
}

/** Processor time of Node.js with these arguments until it prints something; NaN if it never does. */
async function untilOutput(...args: string[]): Promise<number> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    killSignal: "SIGKILL",
    timeout: PATIENCE_MS,
  });
  const ended = once(child, "exit");
  const printed = await Promise.race([once(child.stdout, "data"), ended.then(() => undefined)]);
  const took = printed ? processorTime(child.pid as number) : Number.NaN;
  child.kill("SIGKILL");
  await ended;
  return took;
}

/** What the plugin takes until it prints its port, over a Node.js that does nothing. Only Linux tells it. */
export async function start(
  plugin = join(repository, "dist/plugin/pulumi-resource-multipass-lab"),
): Promise<Measured> {
  if (process.platform !== "linux") return {};
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const empty = await untilOutput("--eval", "console.log(); setInterval(() => undefined, 1e6)");
    // No engine listens on this port; the plugin needs none before it has printed its own.
    ratios.push((await untilOutput(QUIET, plugin, "127.0.0.1:1")) / empty);
  }
  return { "check.start": median(ratios) };
}
