import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Multipass } from "../../provider/core/context.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { Journal } from "../../provider/core/ledger/journal.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { LaunchSlots } from "../../provider/core/operation/launch-slots.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import { SshHost } from "../../provider/driver/transport/ssh.ts";
import { type Computer, thisComputer } from "../../provider/host/computer.ts";
import {
  type RecordedCall,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator/src/index.ts";
import { noteCalls, noteLog } from "./logs.ts";
import { createInstance, deleteInstance, surroundings } from "./operations.ts";
import { scaledClock } from "./scaled-clock.ts";
import type { SshHosts } from "./ssh-hosts.ts";
import { withEnv } from "./with-env.ts";

/** Simulated seconds per real second, for the provider and the simulated host. */
const SCALE = 20;

/** The lifecycle on a simulated host, in this process and without Pulumi. */
export interface SimulatedHost {
  sim: Simulator;
  host: Multipass;
  /** The files of the host's ledger, to write what an earlier process could have left. */
  journal: Journal;
  /** A folder of its own. */
  dir: string;
  /** Its name on the network of hosts; undefined for this computer. */
  name: string | undefined;
  /** Surroundings for an operation that nobody cancels. */
  ctx: Surroundings;
  context(signal?: AbortSignal): Surroundings;
  /** Messages in the order in which they were printed. */
  said: string[];
  create(args: Partial<InstanceInputs> & { name: string }): Promise<{ id: string; outs: InstanceState }>;
  delete(state: InstanceState): Promise<void>;
  /** Runs the simulated client as a user would. */
  multipass(...args: string[]): string;
  /** How many times a subcommand was called. */
  count(command: string): Promise<number>;
  /** The calls that mention this instance. */
  callsOf(name: string): Promise<RecordedCall[]>;
}

export const ownerOf = (name: string) => `urn:pulumi:test::test::multipass:Instance::${name}`;

/** A simulated host, on this computer or on a network of hosts behind ssh. */
export type HostOptions = SimulatorOptions & { ssh?: SshHosts | undefined };

export async function onSimulatedHost(
  options: HostOptions,
  use: (subject: SimulatedHost) => Promise<void>,
): Promise<void> {
  const { subject, close } = await openSimulatedHost(options);
  try {
    await use(subject);
  } finally {
    await close();
  }
}

let hostsMade = 0;

/** Opens a simulated host that several tests share; the caller must close it. */
export async function openSimulatedHost({
  ssh,
  ...options
}: HostOptions): Promise<{ subject: SimulatedHost; close(): Promise<void> }> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-host-")));
  const sim = noteCalls(await startSimulator({ timeScale: SCALE, ...options }));
  const name = ssh && `lab${++hostsMade}`;
  if (name) await ssh.add(name, { path: dirname(sim.bin) });
  return {
    subject: subjectOn(sim, dir, name),
    async close() {
      await sim.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Points the operations that Pulumi calls, which read this process's environment, to the simulated host's
 * image servers and journal.
 *
 * @returns a function that restores the environment
 */
export function inThisProcess({ sim, dir }: SimulatedHost): () => void {
  return withEnv({ ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal") });
}

/** This computer without its network, so that results do not depend on where a test runs. */
function computerOf(sim: Simulator, dir: string): Computer {
  return {
    ...thisComputer,
    env: {
      ...process.env,
      ...sim.env,
      PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
    },
    lookup: (name) => Promise.reject(new Error(`a test looks nothing up: ${name}`)),
  };
}

function subjectOn(sim: Simulator, dir: string, name: string | undefined): SimulatedHost {
  const clock = scaledClock(SCALE);
  // Allows as many launches at once on every computer.
  const computer = computerOf(sim, dir);
  const host: Multipass = {
    ...(name === undefined
      ? newMultipass(sim.bin, clock, computer)
      : newMultipass("multipass", clock, computer, undefined, new SshHost(name))),
    launches: new LaunchSlots(4, 4),
  };
  const said: string[] = [];
  noteLog("what the provider said", () => said.join("\n"));
  const say = (message: string) => void said.push(message);
  const context = (signal = new AbortController().signal) =>
    surroundings(host, clock, { signal, log: { status: say, info: say, warn: say } });
  return {
    sim,
    host,
    journal: new Journal(
      host.driver.client,
      host.computer,
      undefined,
      name === undefined ? name : { ssh: name },
    ),
    dir,
    name,
    ctx: context(),
    context,
    said,
    create: (args) =>
      createInstance(context(), { owner: ownerOf(args.name), timeouts: { create: "20m" }, ...args }),
    delete: (state) => deleteInstance(context(), state.name, state),
    multipass: (...args) => execFileSync(sim.bin, args, { encoding: "utf8", stdio: "pipe" }),
    count: async (command) => (await sim.calls()).filter(({ argv }) => argv[0] === command).length,
    callsOf: async (name) =>
      (await sim.calls()).filter(({ argv }) =>
        argv.some(
          (word) => word === name || word.startsWith(`local.${name}.`) || word.startsWith(`${name}:`),
        ),
      ),
  };
}
