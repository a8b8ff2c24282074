/** What is only looked at. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { InstanceInputs, InstanceState } from "../../provider/lifecycle/instance/model.ts";
import { instance } from "../../provider/runtime/instance.ts";
import { onSimulatedHost, ownerOf } from "../support/simulated-host.ts";

describe("an instance that was only looked at", () => {
  const stateFolder = process.env["PULUMI_MULTIPASS_STATE_DIR"];
  after(() => {
    if (stateFolder === undefined) delete process.env["PULUMI_MULTIPASS_STATE_DIR"];
    else process.env["PULUMI_MULTIPASS_STATE_DIR"] = stateFolder;
  });

  it("can be taken over in a run that has refreshed the look, as `up --refresh` does", () =>
    onSimulatedHost({}, async ({ sim, dir, multipass }) => {
      process.env["PULUMI_MULTIPASS_STATE_DIR"] = join(dir, "journal");
      multipass("launch", "--name", "dev");
      const asked = { owner: ownerOf("dev"), multipassPath: sim.bin };
      const first = await instance.read("dev", asked as InstanceState);
      const again = await instance.read("dev", first.props as InstanceState);
      assert.equal(again.id, "dev");
      const inputs: InstanceInputs = { ...asked, name: "dev", adopt: true };
      const { outs } = await instance.create(inputs);
      assert.deepEqual([outs.adopted, outs.onlyRead], [true, undefined]);
    }));
});
