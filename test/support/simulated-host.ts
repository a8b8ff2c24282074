import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newHost } from "../../provider/host.ts";
import type { Context } from "../../provider/lifecycle/context.ts";
import { thisMachine } from "../../provider/readiness/checks/machine.ts";
import { Timeline } from "../../provider/readiness/timeline.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../provider/testing/index.ts";
import { scaledClock } from "./scaled-clock.ts";

/** Time at fifty times its pace: pauses of the provider are short, while the simulated client is as quick as it is. */
const quickClock = scaledClock(50);

export interface SimulatedHost {
  sim: Simulator;
  ctx: Context;
  /** What was said, in order. */
  said: string[];
  /** Runs the simulated client as a person would. */
  multipass(...args: string[]): string;
  /** How often a subcommand was called. */
  count(command: string): Promise<number>;
}

/** The lifecycle on a simulated host, without Pulumi. */
export async function onSimulatedHost(
  options: SimulatorOptions,
  use: (host: SimulatedHost) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "multipass-journal-"));
  const sim = await startSimulator(options);
  const said: string[] = [];
  const say = (message: string) => said.push(message);
  try {
    const ctx: Context = {
      host: newHost(sim.bin, quickClock, {
        ...thisMachine,
        env: { ...process.env, ...sim.env, PULUMI_MULTIPASS_STATE_DIR: folder },
      }),
      clock: quickClock,
      random: () => 0.5,
      signal: new AbortController().signal,
      log: { status: say, info: say, warn: say },
      timeline: new Timeline(quickClock),
    };
    await use({
      sim,
      ctx,
      said,
      multipass: (...args) => execFileSync(sim.bin, args, { encoding: "utf8" }),
      count: async (command) => (await sim.calls()).filter(({ argv }) => argv[0] === command).length,
    });
  } finally {
    await sim.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
