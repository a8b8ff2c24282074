import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { newMultipass } from "../../provider/core/multipass.ts";
import { systemClock } from "../../provider/driver/clock.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { startSimulator } from "../../simulator/src/index.ts";
import { seededRandom } from "../../simulator/src/random.ts";
import { createInstance, surroundings } from "../support/operations.ts";

/** How a boot went. */
export interface BootReport {
  what: string;
  aborts: number;
  /** Seconds from the moment at which both the network and the run were there to the last machine. */
  seconds: number;
}

/**
 * A computer that boots in real time, with a daemon that aborts as real ones do. Two stacks create machines, begun at any moment.
 *
 * @param seed decides the version, the moments and the number of machines
 */
export async function playBoot(seed: number): Promise<BootReport> {
  const random = seededRandom(seed);
  const upTo = (max: number) => random() * max;
  const version = ["1.14.1", "1.16.3", "1.17.0"][Math.floor(upTo(3))] as string;
  const socketAt = upTo(2);
  const networkAt = 1 + upTo(9);
  const mode = random() < 0.5 ? ("unresolvable" as const) : ("refused" as const);
  const begins = [upTo(8), upTo(8)];
  const machines = begins.map(() => 1 + Math.floor(upTo(3)));
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-boot-")));
  const sim = await startSimulator({
    version,
    faults: {
      socketAt,
      networkOutages: [{ to: networkAt, mode }],
      // Nothing starts it again: whoever kills it has lost.
      failedFetchAborts: { downFor: "never", orphanedDnsmasq: true },
    },
  });
  const { startedAt } = await sim.world();
  try {
    const env = { ...process.env, ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal") };
    const stacks = begins.map(async (begin, stack) => {
      await delay(begin * 1_000);
      const host = newMultipass(sim.bin, systemClock, { ...thisComputer, env });
      const creates = Array.from({ length: machines[stack] as number }, (_, number) => {
        const name = `vm${stack}-${number}`;
        const ctx = surroundings(host, systemClock, { random });
        return createInstance(ctx, { name, owner: `urn:${name}`, timeouts: { create: "2m" } });
      });
      await Promise.all(creates);
    });
    await Promise.all(stacks);
    const { daemon, instances } = await sim.world();
    assert.equal(Object.keys(instances).length, (machines[0] as number) + (machines[1] as number));
    const ready = Math.max(networkAt, ...begins);
    return {
      what: `${version}, socket at ${socketAt.toFixed(1)} s, network at ${networkAt.toFixed(1)} s (${mode}), ${machines.join(" + ")} machines`,
      aborts: daemon.aborts ?? 0,
      seconds: (Date.now() - startedAt) / 1_000 - ready,
    };
  } finally {
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
