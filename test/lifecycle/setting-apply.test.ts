/** What becomes of a setting when the change of it does not go through at once. */
import assert from "node:assert/strict";
import { createSetting, updateSetting } from "../../provider/lifecycle/setting/operations.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

describe("a change of a setting", () => {
  it("that the daemon was away for is made when it is back, also where nobody can compare: of a passphrase", () =>
    onSimulatedHost({}, async ({ ctx, sim }) => {
      const first = { key: "local.passphrase", value: "one", allowRunningInstances: true, owner: "urn" };
      const { outs } = await createSetting(ctx, first);
      await sim.setFaults({ commands: [{ command: "set", text: "cannot connect to the multipass socket" }] });
      await updateSetting(ctx, outs, { ...first, value: "two" });
      assert.equal((await sim.world()).passphrase, "two");
    }));
});
