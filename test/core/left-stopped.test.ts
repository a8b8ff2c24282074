/** What a killed operation owes an instance that it had stopped, and for how long. */
import assert from "node:assert/strict";
import { putBackIfLeft } from "../../provider/core/stopped.ts";
import { createSnapshot, deleteSnapshotResource, operationFor } from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";

const inDev = { instance: "dev", owner: "urn" };

/** The host as a process left it that was killed while it had the instance stopped. */
async function leftStopped({ host, multipass }: SimulatedHost): Promise<void> {
  multipass("stop", "dev");
  await host.intents.write({ kind: "stop", instance: "dev", powerState: "running" });
}

const stateOf = async ({ sim }: SimulatedHost) => (await sim.world()).instances["dev"]?.state;

describe("an instance that an interrupted run has left stopped", () => {
  it("is owed no start once somebody has started it", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      await createSnapshot(host.ctx, { ...inDev, name: "one" });
      await leftStopped(host);
      host.multipass("start", "dev");
      await createSnapshot(host.ctx, { ...inDev, name: "one" });
      host.multipass("stop", "dev");
      await createSnapshot(host.ctx, { ...inDev, name: "two" });
      assert.equal(await stateOf(host), "Stopped");
    }));

  it("stays stopped if another resource has stopped it permanently meanwhile", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, said } = host;
      host.multipass("launch", "--name", "dev");
      await leftStopped(host);
      let letGo = () => {};
      const gate = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const another = host.host.locks.of("dev").exclusive(async () => {
        await gate;
        await host.host.intents.forget({ kind: "stop", instance: "dev" });
      });
      const back = putBackIfLeft(operationFor(600_000, ctx), "dev");
      await until(() => said.some((line) => line.startsWith('waiting for other work in "dev"')));
      letGo();
      await another;
      await back;
      assert.equal(await stateOf(host), "Stopped");
    }));

  it("does not prevent the deletion of a snapshot by failing to start", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim, said } = host;
      host.multipass("launch", "--name", "dev");
      const { outs } = await createSnapshot(ctx, { ...inDev, name: "one" });
      await leftStopped(host);
      await sim.setFaults({ commands: [{ command: "start", text: "no KVM today", times: 99 }] });
      await deleteSnapshotResource(ctx, outs);
      assert.match(said.join("\n"), /instance "dev" is not running again: .*no KVM today/s);
      assert.deepEqual((await sim.world()).instances["dev"]?.snapshots, {});
    }));
});
