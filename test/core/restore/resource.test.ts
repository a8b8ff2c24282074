/** The effects of a restore on its instance. */
import assert from "node:assert/strict";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { createRestore, createSnapshot } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

const dev = { instance: "dev", owner: "urn" };
const inputs = { ...dev, snapshot: "ready", trigger: 1, discardCurrentState: true };

describe("a restore", () => {
  it("of a missing snapshot does not stop the instance, and names the existing ones", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      const refused = (remedy: RegExp) =>
        assert.rejects(createRestore(ctx, inputs), (error) => {
          assert.ok(isMultipassError(error, "snapshot-missing"), String(error));
          assert.match(error.message, remedy);
          return true;
        });
      multipass("launch", "--name", "dev");
      await refused(/this instance has none/);
      assert.equal(await count("stop"), 0);
      await createSnapshot(ctx, { ...dev, name: "other" });
      const stops = await count("stop");
      await refused(/"dev\.ready" does not exist\nChoose one of these: other\./);
      assert.equal(await count("stop"), stops);
    }));
});
