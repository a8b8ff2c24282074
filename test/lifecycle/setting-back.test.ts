import assert from "node:assert/strict";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  readSetting,
  updateSetting,
} from "../../provider/lifecycle/setting/operations.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

const bridge = { key: "local.bridged-network", value: "eth0", owner: "urn" };

describe("a setting that is given up", () => {
  it("is put back to what was set before", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, bridge);
      assert.equal(outs.previous, "");
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", "--raw", bridge.key).trim(), "");
    }));

  it("is left alone where somebody else has set something meanwhile", () =>
    onSimulatedHost({}, async ({ ctx, multipass, said }) => {
      const { outs } = await createSetting(ctx, { key: "client.primary-name", value: "dev", owner: "urn" });
      multipass("set", "client.primary-name=other");
      const refreshed = await readSetting(ctx, outs);
      assert.equal(refreshed.value, "other");
      // Also where a refresh has written down what they have set.
      for (const state of [outs, refreshed, await readSetting(ctx, refreshed)]) {
        await deleteSetting(ctx, state);
        assert.equal(multipass("get", "client.primary-name").trim(), "other");
      }
      assert.match(said.join("\n"), /left client\.primary-name alone: somebody else has changed it/);
    }));

  it("is put back where what somebody else has set was asked for afterwards", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, { key: "client.primary-name", value: "dev", owner: "urn" });
      multipass("set", "client.primary-name=other");
      const refreshed = await readSetting(ctx, outs);
      const news = { key: outs.key, value: "other", owner: outs.owner };
      assert.equal(diffSetting(refreshed, news).changes, true);
      const updated = await updateSetting(ctx, refreshed, news);
      assert.equal(diffSetting(updated.outs, news).changes, false);
      await deleteSetting(ctx, updated.outs);
      assert.equal(multipass("get", "client.primary-name").trim(), "primary");
    }));

  it("is left alone with `deletionPolicy: keep`", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      const { outs } = await createSetting(ctx, { ...bridge, deletionPolicy: "keep" });
      const sets = await count("set");
      await deleteSetting(ctx, outs);
      assert.equal(await count("set"), sets);
      assert.equal(multipass("get", "--raw", bridge.key).trim(), "eth0");
    }));

  it("cannot be the passphrase that was there before, which nobody can read", () =>
    onSimulatedHost({}, async ({ ctx, sim, said }) => {
      const first = { key: "local.passphrase", value: "one", owner: "urn" };
      await createSetting(ctx, { ...first, owner: "urn:another" });
      const { outs } = await createSetting(ctx, { ...first, value: "two" });
      assert.equal(outs.previous, "true");
      await deleteSetting(ctx, outs);
      assert.match(said.join("\n"), /the passphrase stays: the one before it is not known/);
      assert.equal((await sim.world()).passphrase, "two");
    }));
});
