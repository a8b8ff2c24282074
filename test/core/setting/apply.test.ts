/** A change of a setting that does not succeed immediately. */
import assert from "node:assert/strict";
import { InitializationError } from "../../../provider/core/context.ts";
import type { SettingState } from "../../../provider/core/setting/model.ts";
import { createSetting, deleteSetting, diffSetting, updateSetting } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const bridge = { key: "local.bridged-network", value: "eth0", owner: "urn" };
const bridgeOf = async ({ sim }: SimulatedHost) => (await sim.world()).settings[bridge.key];

/** A change that is cut off after its value is set, and the state that is kept. */
async function cutOff(
  host: SimulatedHost,
  value: string,
  change: (ctx: SimulatedHost["ctx"]) => Promise<unknown>,
): Promise<SettingState> {
  const end = new AbortController();
  const work = change(host.context(end.signal)).catch((error) => error);
  await until(async () => (await bridgeOf(host)) === value);
  end.abort();
  const error = await work;
  assert.ok(error instanceof InitializationError, String(error));
  return error.outs;
}

describe("a change of a setting", () => {
  it("that had to wait for the daemon is made once it is back, even for a passphrase, which cannot be compared", () =>
    onSimulatedHost({}, async ({ ctx, sim }) => {
      const first = { key: "local.passphrase", value: "one", allowRunningInstances: true, owner: "urn" };
      const { outs } = await createSetting(ctx, first);
      await sim.setFaults({ commands: [{ command: "set", text: "cannot connect to the multipass socket" }] });
      await updateSetting(ctx, outs, { ...first, value: "two" });
      assert.equal((await sim.world()).passphrase, "two");
    }));

  it("that was cut off is finished by the next run, and the previous value is restored in the end", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, count } = host;
      const created = await cutOff(host, "eth0", (until) => createSetting(until, bridge));
      assert.equal(diffSetting(created, bridge).changes, true);
      const outs = await updateSetting(ctx, created, bridge);
      assert.equal(diffSetting(outs, bridge).changes, false);
      const wlan = { ...bridge, value: "wlan0" };
      const updated = await cutOff(host, "wlan0", (until) => updateSetting(until, outs, wlan));
      await deleteSetting(ctx, updated);
      assert.equal(await bridgeOf(host), "");
      assert.equal(await count("set"), 3);
    }));

  it("that was cut off before anything was set leaves nothing in the state", () =>
    onSimulatedHost({}, async (host) => {
      await host.sim.setFaults({ commands: [{ command: "set", text: "the moon is in the wrong phase" }] });
      await assert.rejects(createSetting(host.ctx, bridge), /wrong phase/);
      await host.sim.setFaults({ commands: [{ command: "set", delay: 60 }] });
      const end = new AbortController();
      const work = createSetting(host.context(end.signal), bridge).catch((error) => error);
      await until(async () => (await host.count("set")) > 1);
      end.abort();
      assert.ok(!((await work) instanceof InitializationError), String(await work));
    }));

  it("of a passphrase that was cut off may have been made, and is repeated", () =>
    onSimulatedHost({}, async ({ ctx, context, sim, count }) => {
      const args = { key: "local.passphrase", value: "one", owner: "urn" };
      await sim.setFaults({ commands: [{ command: "set", delay: 60 }] });
      const end = new AbortController();
      const work = createSetting(context(end.signal), args).catch((error) => error);
      await until(async () => (await count("set")) > 0);
      end.abort();
      const error = await work;
      assert.ok(error instanceof InitializationError, String(error));
      await updateSetting(ctx, error.outs, args);
      assert.equal((await sim.world()).passphrase, "one");
    }));

  for (const secrets of [["value"], []]) {
    it(`to a URL with a password ${secrets.length > 0 ? "that is marked as a secret" : "that is not marked"} shows in no argument of a process, nor does its end`, () =>
      onSimulatedHost({}, async ({ ctx, sim, multipass }) => {
        const mirror = (value: string) => ({ key: "local.image.mirror", value, secrets, owner: "urn" });
        const { outs } = await createSetting(ctx, mirror("https://me:s3same@mirror.example/"));
        const updated = await updateSetting(ctx, outs, mirror("https://me:other-s3same@mirror.example/"));
        await deleteSetting(ctx, { ...updated, previous: "https://me:s3same@mirror.example/" });
        assert.equal(multipass("get", "local.image.mirror").trim(), "https://me:s3same@mirror.example/");
        assert.doesNotMatch(JSON.stringify(await sim.calls()), /s3same/);
      }));
  }
});
