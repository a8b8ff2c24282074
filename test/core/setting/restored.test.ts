import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { forgetKnown } from "../../../provider/core/setting/resource.ts";
import {
  createSetting,
  deleteSetting,
  diffSetting,
  readSetting,
  updateSetting,
} from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

const bridge = { key: "local.bridged-network", value: "eth0", owner: "urn" };

const primary = { key: "client.primary-name", value: "two", owner: "urn" };

describe("a setting whose change Pulumi does not know about", () => {
  it("is restored to its previous value, even if the program asks for another by then", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("set", "client.primary-name=one");
      await createSetting(ctx, primary);
      const { outs } = await createSetting(ctx, { ...primary, value: "three" });
      assert.equal(outs.previous, "one");
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", primary.key).trim(), "one");
    }));

  it("is restored by a destroy right after an interrupted update", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("set", "client.primary-name=one");
      const { outs } = await createSetting(ctx, primary);
      await updateSetting(ctx, outs, { ...primary, value: "three" });
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", primary.key).trim(), "one");
    }));

  it("is recognised by its next create only until Pulumi has it", () =>
    onSimulatedHost({}, async ({ ctx, host, multipass }) => {
      multipass("set", "client.primary-name=one");
      await createSetting(ctx, primary);
      await forgetKnown(host, { ...primary, owner: "urn:another" });
      await forgetKnown(host, { ...primary, value: "three" });
      assert.equal((await createSetting(ctx, primary)).outs.previous, "one");
      await forgetKnown(host, primary);
      assert.equal((await createSetting(ctx, primary)).outs.previous, "two");
    }));

  it("is restored to its previous value even if a second value was refused meanwhile", () =>
    onSimulatedHost({}, async ({ ctx, sim, multipass }) => {
      // The client keeps its own settings; only a daemon's setting can be refused.
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
      // An update that Pulumi does not know about, and one that was refused.
      await updateSetting(ctx, outs, mirror("four"));
      await sim.setFaults({ commands: [{ command: "set", text: "the moon is in the wrong phase" }] });
      await assert.rejects(updateSetting(ctx, outs, mirror("five")), /wrong phase/);
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://one.example/");
    }));

  it("is recorded without its value", () =>
    onSimulatedHost({}, async ({ ctx, host }) => {
      await createSetting(ctx, { ...primary, value: "hidden" });
      const folder = join(host.ledger.folder, "intents");
      const [file = ""] = readdirSync(folder);
      assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), /hidden/);
    }));
});

describe("a setting that is deleted", () => {
  it("is restored to its previous value", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, bridge);
      assert.equal(outs.previous, "");
      await deleteSetting(ctx, outs);
      assert.equal(multipass("get", "--raw", bridge.key).trim(), "");
    }));

  it("is left alone if somebody else has set another value meanwhile", () =>
    onSimulatedHost({}, async ({ ctx, multipass, said }) => {
      const { outs } = await createSetting(ctx, { key: "client.primary-name", value: "dev", owner: "urn" });
      multipass("set", "client.primary-name=other");
      const refreshed = await readSetting(ctx, outs);
      assert.equal(refreshed.value, "other");
      // It is also left alone if a refresh has recorded their value.
      for (const state of [outs, refreshed, await readSetting(ctx, refreshed)]) {
        await deleteSetting(ctx, state);
        assert.equal(multipass("get", "client.primary-name").trim(), "other");
      }
      assert.match(said.join("\n"), /left client\.primary-name alone: somebody else has changed it/);
    }));

  it("is restored if the program later asked for the value that somebody else set", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, { key: "client.primary-name", value: "dev", owner: "urn" });
      multipass("set", "client.primary-name=other");
      const refreshed = await readSetting(ctx, outs);
      const news = { key: outs.key, value: "other", owner: outs.owner };
      assert.equal(diffSetting(refreshed, news).changes, true);
      const updated = await updateSetting(ctx, refreshed, news);
      assert.equal(diffSetting(updated, news).changes, false);
      await deleteSetting(ctx, updated);
      assert.equal(multipass("get", "client.primary-name").trim(), "primary");
    }));

  it("is not reported as changed by others if it is restored already", () =>
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

  it("keeps what another resource has recorded about it", () =>
    onSimulatedHost({}, async ({ ctx, host }) => {
      const { outs } = await createSetting(ctx, primary);
      await createSetting(ctx, { ...primary, value: "three", owner: "urn:another" });
      for (const state of [{ ...outs, deletionPolicy: "keep" as const }, outs]) {
        await deleteSetting(ctx, state);
        assert.equal((await host.intents.ofOwner("setting", "urn:another")).length, 1);
      }
    }));

  it("cannot get back a previous passphrase, which nobody can read", () =>
    onSimulatedHost({}, async ({ ctx, sim, said }) => {
      const first = { key: "local.passphrase", value: "one", owner: "urn" };
      await createSetting(ctx, { ...first, owner: "urn:another" });
      const { outs } = await createSetting(ctx, { ...first, value: "two" });
      assert.equal(outs.previous, "true");
      await deleteSetting(ctx, outs);
      assert.match(said.join("\n"), /the passphrase stays: the previous one is unknown/);
      assert.equal((await sim.world()).passphrase, "two");
    }));
});
