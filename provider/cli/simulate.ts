import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { durationMs } from "../testing/duration.ts";
import { type FaultPlan, type Simulator, startImageServer, startSimulator } from "../testing/index.ts";
import { RUNNER_EXIT, signalExit } from "./exit-codes.ts";
import { painter } from "./terminal.ts";

export interface SimulateOptions {
  /** Which Multipass to behave as. */
  simulateVersion: string;
  /** Path of a fault plan in JSON. */
  faults?: string | undefined;
  timeScale: number;
  seed: number;
  /** Keeps the simulated world in this folder. */
  dir?: string | undefined;
}

/** Signals that a terminal or a supervisor sends to end us; the command gets them, and its end is ours. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a command on a simulated host.
 *
 * @returns the command's exit code
 */
export async function simulate(
  command: readonly [string, ...string[]],
  options: SimulateOptions,
): Promise<number> {
  const say = (text: string) =>
    process.stderr.write(`${painter(process.stderr)("yellow", `[simulation] ${text}`)}\n`);
  const faults = options.faults === undefined ? {} : readPlan(options.faults);
  const { simulateVersion: version, timeScale, seed, dir } = options;
  const simulator = await startSimulator({ version, timeScale, seed, faults, ...(dir ? { dir } : {}) });
  const images = await startImageServer();
  if (faults.networkAt !== undefined) {
    // The host of the simulation is as offline as its daemon is.
    images.setAvailable(false);
    setTimeout(() => images.setAvailable(true), durationMs(faults.networkAt) / timeScale).unref();
  }
  try {
    const hurry = timeScale === 1 ? "" : `, ${timeScale} times as fast as real time`;
    const trouble = options.faults === undefined ? "" : `, with the faults of ${options.faults}`;
    say(
      `Multipass ${version} is simulated${hurry}${trouble}: no virtual machine is started and nothing here is real.`,
    );
    const code = await runIn(simulator, images.url, command);
    say(`the simulation has ended; "${command[0]}" exited with code ${code}.`);
    return code;
  } finally {
    await images.close();
    await simulator.close();
  }
}

function readPlan(path: string): FaultPlan {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as FaultPlan;
  } catch (cause) {
    throw new Error(`Unable to read the fault plan ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function runIn(
  simulator: Simulator,
  imageServer: string,
  [file, ...args]: readonly [string, ...string[]],
): Promise<number> {
  const child = execa(file, args, {
    stdio: "inherit",
    reject: false,
    env: {
      ...simulator.env,
      // Neither a real image server nor the journal of real machines is touched by a simulation.
      PULUMI_MULTIPASS_IMAGE_SERVER: imageServer,
      PULUMI_MULTIPASS_STATE_DIR: join(simulator.dir, "journal"),
    },
  });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const result = await child;
  for (const signal of FORWARDED) process.off(signal, forward);
  if (result.signal) return signalExit(constants.signals[result.signal as NodeJS.Signals]);
  if (result.exitCode !== undefined) return result.exitCode;
  process.stderr.write(`Unable to run "${file}": ${result.originalMessage ?? "it could not be started"}\n`);
  return (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT"
    ? RUNNER_EXIT.notFound
    : RUNNER_EXIT.notExecutable;
}
