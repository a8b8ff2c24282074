import { dirname } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { noteCalls } from "../support/logs.ts";
import { openSshHosts, type Way } from "../support/ssh-hosts.ts";
import { type DoorDeployer, inLab, type Lab, type LabOptions } from "./lab.ts";

export interface HostsLab extends Lab {
  /** The simulated worlds behind ssh, by the name of their host. */
  worlds: Record<string, Simulator>;
}

/** A lab with more hosts, which have nothing in common with this computer's Multipass. */
export async function withHosts(
  deployer: DoorDeployer,
  { program = "", ...options }: LabOptions & { program?: string },
  names: readonly string[],
  use: (lab: HostsLab) => Promise<void>,
  way: Way = "a stand-in for ssh",
): Promise<void> {
  if (names.length === 0) return inLab(deployer, program, options, (lab) => use({ ...lab, worlds: {} }));
  const ssh = await openSshHosts(way);
  const worlds: Record<string, Simulator> = {};
  try {
    for (const name of names) {
      const sim = noteCalls(await startSimulator({ seed: Object.keys(worlds).length + 2 }));
      worlds[name] = sim;
      await ssh.add(name, { path: dirname(sim.bin) });
    }
    const env = { PULUMI_MULTIPASS_SSH: ssh.program };
    await inLab(deployer, program, { ...options, env: { ...env, ...options.env } }, (lab) =>
      use({ ...lab, ssh, worlds }),
    );
  } finally {
    for (const sim of Object.values(worlds)) await sim.close();
    await ssh[Symbol.asyncDispose]();
  }
}
