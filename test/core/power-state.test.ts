import assert from "node:assert/strict";
import { execa } from "execa";
import type { PowerState } from "../../provider/core/common.ts";
import { requireInstance, requireRunning } from "../../provider/core/instances.ts";
import { ensurePowerState } from "../../provider/core/stopped.ts";
import { operationFor } from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";

const ensure = (subject: SimulatedHost, powerState: PowerState, seconds = 600) => {
  const ctx = subject.context();
  return ensurePowerState(operationFor(seconds * 1000, ctx), "dev", powerState);
};
const stateOf = async ({ sim }: SimulatedHost) => (await sim.world()).instances["dev"]?.state;

describe("the power state of an instance", () => {
  const ways: [from: "Running" | "Stopped" | "Suspended" | "Unknown", to: PowerState, state: string][] = [
    ["Running", "suspended", "Suspended"],
    ["Suspended", "stopped", "Stopped"],
    ["Stopped", "suspended", "Suspended"],
    ["Suspended", "running", "Running"],
    ["Unknown", "running", "Running"],
    ["Unknown", "stopped", "Stopped"],
  ];
  for (const [from, to, state] of ways) {
    it(`${from} → ${to}`, () =>
      onSimulatedHost({}, async (subject) => {
        await subject.create({ name: "dev" });
        await subject.sim.instance("dev").poke({ state: from });
        await ensure(subject, to);
        assert.equal(await stateOf(subject), state);
      }));
  }

  it("is undefined for an instance that is gone", () =>
    onSimulatedHost({}, async (subject) => {
      await assert.rejects(ensure(subject, "running"), /does not exist any more[\s\S]*pulumi refresh/);
    }));

  it("is not waited for beyond the deadline", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      await subject.sim.instance("dev").poke({ state: "Suspending" });
      await assert.rejects(ensure(subject, "running", 20));
    }));

  it("cannot be changed in a disabled zone, and the error says how to enable it", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev", zone: "zone1" });
      await execa(subject.sim.bin, ["disable-zones", "zone1", "--force"]);
      await assert.rejects(ensure(subject, "running"), /availability zone is disabled[\s\S]*enable-zones/);
    }));
});

describe("an instance for work inside it", () => {
  it("must exist", () =>
    onSimulatedHost({}, async (subject) => {
      const work = requireInstance(operationFor(60_000, subject.context()), "dev");
      await assert.rejects(work, /Instance "dev" does not exist[\s\S]*pass the `Instance` resource/);
    }));

  it("is not recovered by accident", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      await subject.host.driver.delete("dev", false);
      const work = requireInstance(operationFor(60_000, subject.context()), "dev");
      await assert.rejects(work, /Instance "dev" is deleted[\s\S]*multipass recover dev/);
    }));

  it("is not started by accident", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      await subject.host.driver.stop("dev");
      const work = requireRunning(operationFor(60_000, subject.context()), "dev");
      await assert.rejects(work, /is not running[\s\S]*it is Stopped, and is not started by accident/);
    }));

  const remedies: [state: "Suspended" | "Unknown" | "Unavailable", remedy: RegExp][] = [
    ["Suspended", /multipass start dev/],
    // These states refuse a start.
    ["Unknown", /multipass stop --force dev`, then `multipass start dev/],
    ["Unavailable", /multipass enable-zones/],
  ];
  for (const [state, remedy] of remedies) {
    it(`is ${state}: the advice leads to a running one`, () =>
      onSimulatedHost({}, async (subject) => {
        await subject.create({ name: "dev" });
        await subject.sim.instance("dev").poke({ state });
        const work = requireRunning(operationFor(60_000, subject.context()), "dev");
        await assert.rejects(work, (error: Error) => {
          assert.match(error.message, new RegExp(`it is ${state}`));
          assert.match(error.message, remedy);
          return true;
        });
      }));
  }
});
