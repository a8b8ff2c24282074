import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diffSetting, forgetKnown } from "../../provider/core/setting/operations.ts";
import { createSetting, deleteSetting, readSetting, updateSetting } from "../support/operations.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

const bridge = { key: "local.bridged-network", value: "eth0", owner: "urn" };

const primary = { key: "client.primary-name", value: "two", owner: "urn" };

describe("a setting of whose change Pulumi has not heard", () => {
  it("is put back to what was before, also where another value is asked for by then", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("set", "client.primary-name=one");
      await createSetting(ctx, primary);
      const { outs } = await createSetting(ctx, { ...primary, value: "three" });
      assert.equal(outs.previous, "one");
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", primary.key).trim(), "one");
    }));

  it("is put back by a destroy that comes right after an update that was cut off", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("set", "client.primary-name=one");
      const { outs } = await createSetting(ctx, primary);
      await updateSetting(ctx, outs, { ...primary, value: "three" });
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", primary.key).trim(), "one");
    }));

  it("is found by its next create as it was made only until Pulumi has it", () =>
    onSimulatedHost({}, async ({ ctx, host, multipass }) => {
      multipass("set", "client.primary-name=one");
      await createSetting(ctx, primary);
      await forgetKnown(host, { ...primary, owner: "urn:another" });
      await forgetKnown(host, { ...primary, value: "three" });
      assert.equal((await createSetting(ctx, primary)).outs.previous, "one");
      await forgetKnown(host, primary);
      assert.equal((await createSetting(ctx, primary)).outs.previous, "two");
    }));

  it("is put back to what was before also where a second value was refused meanwhile", () =>
    onSimulatedHost({}, async ({ ctx, sim, multipass }) => {
      // Multipass's client keeps its own settings; what the daemon keeps, the daemon can refuse.
      const mirror = (host: string) => ({
        key: "local.image.mirror",
        value: `https://${host}.example/`,
        owner: "urn",
      });
      multipass("set", "local.image.mirror=https://one.example/");
      await createSetting(ctx, mirror("two"));
      await sim.setFaults({ commands: [{ command: "set", text: "the moon is in the wrong phase" }] });
      await assert.rejects(createSetting(ctx, mirror("three")), /wrong phase/);
      const { outs } = await createSetting(ctx, mirror("two"));
      assert.equal(outs.previous, "https://one.example/");
      // An update of which Pulumi has not heard, and one that was refused.
      await updateSetting(ctx, outs, mirror("four"));
      await sim.setFaults({ commands: [{ command: "set", text: "the moon is in the wrong phase" }] });
      await assert.rejects(updateSetting(ctx, outs, mirror("five")), /wrong phase/);
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://one.example/");
    }));

  it("is written down without its value", () =>
    onSimulatedHost({}, async ({ ctx, host }) => {
      await createSetting(ctx, { ...primary, value: "hidden" });
      const folder = join(host.ledger.journal.folder, "intents");
      const [file = ""] = readdirSync(folder);
      assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), /hidden/);
    }));
});

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

  it("is not called somebody else's where it has been put back already", () =>
    onSimulatedHost({}, async ({ ctx, said }) => {
      const { outs } = await createSetting(ctx, primary);
      await deleteSetting(ctx, outs);
      await deleteSetting(ctx, outs);
      assert.doesNotMatch(said.join("\n"), /somebody else/);
    }));

  it("is left alone with `deletionPolicy: keep`", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      const { outs } = await createSetting(ctx, { ...bridge, deletionPolicy: "keep" });
      const sets = await count("set");
      await deleteSetting(ctx, outs);
      assert.equal(await count("set"), sets);
      assert.equal(multipass("get", "--raw", bridge.key).trim(), "eth0");
    }));

  it("leaves alone what another resource has written down of it", () =>
    onSimulatedHost({}, async ({ ctx, host }) => {
      const { outs } = await createSetting(ctx, primary);
      await createSetting(ctx, { ...primary, value: "three", owner: "urn:another" });
      for (const state of [{ ...outs, deletionPolicy: "keep" as const }, outs]) {
        await deleteSetting(ctx, state);
        assert.equal((await host.intents.ofOwner("setting", "urn:another")).length, 1);
      }
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
