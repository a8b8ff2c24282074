/** Instances that are only read. */
import assert from "node:assert/strict";
import type { InstanceInputs, InstanceState } from "../../../provider/core/instance/model.ts";
import { instance } from "../../../provider/core/instance/resource.ts";
import { multipassOf } from "../../../provider/core/multipass.ts";
import { noteChange } from "../../../provider/driver/run.ts";
import { coreRun } from "../../support/core-run.ts";
import { inThisProcess, onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";

describe("an instance that was only read", () => {
  let putBack = () => {};
  afterEach(() => putBack());

  it("can be adopted in a run that has refreshed it, as `up --refresh` does", () =>
    onSimulatedHost({}, async (subject) => {
      const { sim, multipass } = subject;
      putBack = inThisProcess(subject);
      multipass("launch", "--name", "dev");
      const asked = { owner: ownerOf("dev"), multipassPath: sim.bin };
      const run = coreRun();
      const first = await instance.read(run, "dev", asked as InstanceState);
      assert.ok(first);
      assert.ok(await instance.read(run, "dev", first.outs));
      const inputs: InstanceInputs = { ...asked, name: "dev", adopt: true };
      const { outs } = await instance.create(run, inputs);
      assert.deepEqual([outs.adopted, outs.onlyRead], [true, undefined]);
    }));

  it("can belong to another resource with the same journal, which keeps it", () =>
    onSimulatedHost({}, async (subject) => {
      const { sim, multipass } = subject;
      putBack = inThisProcess(subject);
      const run = coreRun();
      await instance.create(run, { owner: ownerOf("dev"), multipassPath: sim.bin, name: "dev" });
      const { ledger } = multipassOf(sim.bin);
      const before = await ledger.entryOf("dev");
      assert.equal(before?.owner, ownerOf("dev"));
      const asked = { owner: ownerOf("look"), multipassPath: sim.bin };
      const first = await instance.read(run, "dev", asked as InstanceState);
      assert.ok(first);
      assert.equal(first.outs.state, "Running");
      const refreshed = await instance.read(run, "dev", first.outs);
      assert.ok(refreshed);
      assert.deepEqual(await ledger.entryOf("dev"), before);
      multipass("delete", "--purge", "dev");
      // As if this process had deleted it: its recent answers no longer count.
      noteChange("delete");
      assert.equal(await instance.read(run, "dev", refreshed.outs), undefined);
      assert.deepEqual(await ledger.entryOf("dev"), before);
    }));
});
