/** What can happen to another host, and to the way there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FaultPlan, World } from "../../simulator/src/index.ts";
import type { SimulatedHost } from "../support/simulated-host.ts";
import type { SshHosts } from "../support/ssh-hosts.ts";
import { until } from "../support/until.ts";

/** Moments of a launch, what makes them last, and what the world looks like then. */
const MOMENTS: [when: string, lasts: FaultPlan, has: (world: World, name: string) => boolean][] = [
  ["the image is prepared", { imagePrepareSeconds: 100 }, ({ preparing }, name) => name in preparing],
  [
    "the machine boots",
    { guest: { bootSeconds: 100 } },
    ({ instances }, name) => instances[name]?.state === "Starting",
  ],
  [
    "cloud-init runs",
    { guest: { cloudInitSeconds: 100 } },
    ({ instances }, name) => instances[name]?.state === "Running",
  ],
];

type Happens = (ssh: SshHosts, name: string, subject: SimulatedHost) => Promise<void>;

const EVENTS: [what: string, happens: Happens][] = [
  ["a connection that is cut", (ssh, name) => ssh.cut(name)],
  ["an ssh that is killed", (ssh, name) => ssh.killSsh(name)],
  [
    "a host that is away for a while",
    async (ssh, name) => {
      await ssh.down(name);
      await delay(2_000);
      await ssh.up(name);
    },
  ],
  ["a host that reboots", reboot],
];

/** Each event at each moment of a launch. */
export function disturbances(network: () => SshHosts) {
  return EVENTS.flatMap(([what, happens]) =>
    MOMENTS.map(([when, faults, has], moment) => ({
      what: `${what} while ${when}`,
      faults,
      end: "ready" as const,
      // A daemon that is killed forgets what it prepares.
      launches: happens === reboot && moment === 0 ? 2 : 1,
      async meanwhile(subject: SimulatedHost, name: string) {
        const isThen = async () => has(await subject.sim.world(), name);
        await until(isThen);
        await happens(network(), subject.name ?? "", subject);
        if (happens !== reboot) assert.ok(await isThen(), `it came too late: ${what} while ${when}`);
      },
    })),
  );
}

const launchesOn = (ssh: SshHosts, name: string) =>
  join(ssh.home(name), ".local/state/pulumi-multipass/launches");

/** Loses all processes of the host. Afterwards ssh answers first, and then the daemon. */
async function reboot(ssh: SshHosts, name: string, { sim }: SimulatedHost): Promise<void> {
  await ssh.down(name);
  await sim.crashDaemon();
  const all = launchesOn(ssh, name);
  for (const launch of readdirSync(all)) {
    const file = (name: string) => join(all, launch, name);
    for (const process of ["pid", "client"]) if (existsSync(file(process))) kill(file(process));
    writeFileSync(file("boot"), "an earlier boot\n");
  }
  await delay(500);
  await ssh.up(name);
  await delay(500);
  await sim.startDaemon();
}

function kill(file: string): void {
  try {
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Nothing of a launch is left on the host. */
export function assertNothingLeft(ssh: SshHosts, { name = "" }: SimulatedHost): void {
  const folder = launchesOn(ssh, name);
  assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [], `left on ${name}`);
}
