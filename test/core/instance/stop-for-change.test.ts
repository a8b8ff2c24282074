import assert from "node:assert/strict";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { createSnapshot, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";

const dev: InstanceInputs = { name: "dev", owner: ownerOf("dev") };

describe("an instance that must be stopped for a change", () => {
  it("is waited for while it is being suspended, and then resumed", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await subject.sim.instance("dev").poke({ state: "Suspending" });
      setTimeout(() => subject.sim.instance("dev").poke({ state: "Suspended" }), 700);
      await updateInstance(subject.context(), "dev", outs, { ...dev, cpus: 2 });
      const instance = (await subject.sim.world()).instances["dev"];
      assert.deepEqual([instance?.state, instance?.cpus], ["Running", 2]);
    }));

  it("is also waited for by a snapshot, and suspended again", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create(dev);
      await subject.sim.instance("dev").poke({ state: "Suspending" });
      setTimeout(() => subject.sim.instance("dev").poke({ state: "Suspended" }), 700);
      await createSnapshot(subject.context(), { instance: "dev", name: "one", owner: "urn" });
      assert.equal((await subject.sim.world()).instances["dev"]?.state, "Suspended");
    }));

  it("is resumed within the time limit of one call", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await subject.sim.instance("dev").poke({ state: "Suspended" });
      await updateInstance(subject.context(), "dev", outs, { ...dev, cpus: 2 });
      const starts = (await subject.callsOf("dev")).filter(({ argv }) => argv[0] === "start");
      assert.deepEqual(
        starts.map(({ argv }) => argv.join(" ")),
        ["start --timeout 300 dev", "start --timeout 300 dev"],
      );
    }));
});
