import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { styleText } from "node:util";
import { execa } from "execa";
import { type FaultPlan, type Simulator, startSimulator } from "../index.ts";
import { EXIT } from "./exit-codes.ts";

export interface RunOptions {
  /** Which Multipass to behave as. */
  version?: string;
  /** Path of a fault plan in JSON. */
  faults?: string;
  timeScale: number;
  seed: number;
  /** Keeps the simulated world in this folder. */
  dir?: string;
}

/** Signals with which a terminal or a supervisor ends us. We forward them to the command and exit with it. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a command on a simulated host.
 *
 * @returns the command's exit code
 */
export async function runSimulated(
  command: readonly [string, ...string[]],
  { faults: plan, ...options }: RunOptions,
): Promise<number> {
  const faults = plan === undefined ? {} : readPlan(plan);
  const { timeScale } = options;
  const simulator = await startSimulator({ ...options, faults });
  try {
    const { version } = await simulator.world();
    const hurry = timeScale === 1 ? "" : `, ${timeScale} times as fast as real time`;
    const trouble = plan === undefined ? "" : `, with the faults of ${plan}`;
    say(`Multipass ${version} is simulated${hurry}${trouble}: nothing here is real.`);
    const code = await runIn(simulator, command);
    say(`the simulation has ended; "${command[0]}" exited with code ${code}.`);
    return code;
  } finally {
    await simulator.close();
  }
}

function say(text: string): void {
  process.stderr.write(`${styleText("yellow", `[simulation] ${text}`, { stream: process.stderr })}\n`);
}

function readPlan(path: string): FaultPlan {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as FaultPlan;
  } catch (cause) {
    throw new Error(`Unable to read the fault plan ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function runIn(simulator: Simulator, [file, ...args]: readonly [string, ...string[]]): Promise<number> {
  const child = execa(file, args, {
    stdio: "inherit",
    reject: false,
    env: {
      ...simulator.env,
      PATH: [dirname(simulator.bin), process.env["PATH"]].filter(Boolean).join(delimiter),
      // Programs that use pulumi-multipass must not touch the journal of real instances during a simulation.
      PULUMI_MULTIPASS_STATE_DIR: join(simulator.dir, "journal"),
    },
  });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const result = await child;
  for (const signal of FORWARDED) process.off(signal, forward);
  // Shells report this code for a process that a signal ended.
  if (result.signal) return 128 + constants.signals[result.signal as NodeJS.Signals];
  if (result.exitCode !== undefined) return result.exitCode;
  const isMissing = (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  const reason = isMissing ? "command not found" : (result.originalMessage ?? "it could not be started");
  process.stderr.write(`Unable to run "${file}": ${reason}\n`);
  return isMissing ? EXIT.notFound : EXIT.notExecutable;
}
