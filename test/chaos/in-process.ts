import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { newHost } from "../../provider/host.ts";
import type { Context, Host } from "../../provider/lifecycle/context.ts";
import { createInstance } from "../../provider/lifecycle/instance/create.ts";
import { deleteInstance } from "../../provider/lifecycle/instance/delete.ts";
import type { InstanceInputs, InstanceState } from "../../provider/lifecycle/instance/model.ts";
import { thisMachine } from "../../provider/readiness/checks/machine.ts";
import { Timeline } from "../../provider/readiness/timeline.ts";
import {
  type RecordedCall,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../provider/testing/index.ts";
import { scaledClock } from "../support/scaled-clock.ts";

/** Simulated seconds in a real one, for the provider and the simulated host alike. */
const SCALE = 20;

/** The lifecycle on a simulated host, in this process and without Pulumi. */
export interface InProcess {
  sim: Simulator;
  host: Host;
  dir: string;
  logs: string[];
  context(signal?: AbortSignal): Context;
  create(args: Partial<InstanceInputs> & { name: string }): Promise<{ id: string; outs: InstanceState }>;
  delete(state: InstanceState): Promise<void>;
  /** The calls that name this instance. */
  callsOf(name: string): Promise<RecordedCall[]>;
}

export const ownerOf = (name: string) => `urn:pulumi:test::test::multipass:Instance::${name}`;

export async function inProcess(
  options: SimulatorOptions,
  use: (subject: InProcess) => Promise<void>,
): Promise<void> {
  const { subject, close } = await openInProcess(options);
  try {
    await use(subject);
  } finally {
    await close();
  }
}

/** The same for several tests that share a host: whoever opens it has to close it. */
export async function openInProcess(
  options: SimulatorOptions,
): Promise<{ subject: InProcess; close(): Promise<void> }> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-matrix-")));
  const sim = await startSimulator({ timeScale: SCALE, ...options });
  return {
    subject: subjectOn(sim, dir),
    async close() {
      await sim.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function subjectOn(sim: Simulator, dir: string): InProcess {
  const clock = scaledClock(SCALE);
  const env = {
    ...process.env,
    ...sim.env,
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
    // Refuses every connection: nothing can be resolved without the daemon.
    PULUMI_MULTIPASS_IMAGE_SERVER: "http://127.0.0.1:9/",
  };
  // As many launches at once on every machine.
  const host: Host = {
    ...newHost(sim.bin, clock, { ...thisMachine, env }),
    launches: pLimit(4),
  };
  const logs: string[] = [];
  const say = (message: string) => void logs.push(message);
  const context = (signal = new AbortController().signal): Context => ({
    host,
    clock,
    random: Math.random,
    signal,
    log: { status: say, info: say, warn: say },
    timeline: new Timeline(clock),
  });
  return {
    sim,
    host,
    dir,
    logs,
    context,
    create: (args) =>
      createInstance(context(), { owner: ownerOf(args.name), timeouts: { create: "20m" }, ...args }),
    delete: (state) => deleteInstance(context(), state.name, state),
    async callsOf(name) {
      return (await sim.calls()).filter(({ argv }) =>
        argv.some(
          (word) => word === name || word.startsWith(`local.${name}.`) || word.startsWith(`${name}:`),
        ),
      );
    },
  };
}
