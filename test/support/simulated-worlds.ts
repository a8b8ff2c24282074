import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { newMultipass } from "../../provider/core/multipass.ts";
import { SshHost } from "../../provider/driver/transport/ssh.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/src/index.ts";
import { noteCalls } from "./logs.ts";
import { createInstance, surroundings } from "./operations.ts";
import { scaledClock } from "./scaled-clock.ts";
import { openSshHosts, type SshHosts } from "./ssh-hosts.ts";

/** Simulated seconds per real second. */
const SCALE = 20;

/** A simulated Multipass on this computer, and others behind a stand-in for ssh. */
export interface Worlds extends AsyncDisposable {
  ssh: SshHosts;
  /** The environment of a command on this computer. */
  env: Record<string, string>;
  /** Creates an instance for a resource. */
  own(host: string, name: string, owner: string, status?: (said: string) => void): Promise<void>;
  /** Runs the simulated client of a host as a user would. */
  multipass(host: string, ...args: string[]): void;
  /** `HOST SUBCOMMAND` of every call while this runs. */
  callsDuring(work: () => Promise<void>): Promise<string[]>;
}

/** @param names of the hosts; `here` is this computer */
export async function simulatedWorlds(
  names: readonly string[],
  options: SimulatorOptions = {},
): Promise<Worlds> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-worlds-")));
  const ssh = await openSshHosts("a stand-in for ssh");
  const sims = new Map<string, Simulator>();
  for (const name of names) {
    const sim = noteCalls(await startSimulator({ timeScale: SCALE, seed: sims.size + 1, ...options }));
    sims.set(name, sim);
    if (name !== "here") await ssh.add(name, { path: dirname(sim.bin) });
  }
  const simOf = (name: string) => sims.get(name) as Simulator;
  const env = {
    ...simOf("here").env,
    PULUMI_MULTIPASS_SSH: ssh.program,
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
  };
  const clock = scaledClock(SCALE);
  const computer = { ...thisComputer, env: { ...process.env, ...env } };
  return {
    ssh,
    env,
    async own(host, name, owner, status = () => undefined) {
      const multipass =
        host === "here"
          ? newMultipass(simOf(host).bin, clock, computer)
          : newMultipass("multipass", clock, computer, undefined, new SshHost(host));
      const log = { status, info: status, warn: status };
      await createInstance(surroundings(multipass, clock, { log }), {
        owner,
        name,
        timeouts: { create: "20m" },
      });
    },
    multipass: (host, ...args) => void execFileSync(simOf(host).bin, args, { stdio: "pipe" }),
    async callsDuring(work) {
      const countsOf = () => Promise.all([...sims.values()].map(async (sim) => (await sim.calls()).length));
      const before = await countsOf();
      await work();
      const all = [...sims].map(async ([host, sim], index) =>
        (await sim.calls()).slice(before[index]).map(({ argv }) => `${host} ${argv[0]}`),
      );
      return (await Promise.all(all)).flat();
    },
    async [Symbol.asyncDispose]() {
      for (const sim of sims.values()) await sim.close();
      await ssh[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
