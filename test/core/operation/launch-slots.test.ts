import assert from "node:assert/strict";
import { LaunchSlots } from "../../../provider/core/operation/launch-slots.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

describe("launches at once", () => {
  const guest = { bootSeconds: 20, cloudInitSeconds: 200 };
  const names = ["a", "b", "c", "d"];

  /** When each launch began and ended, in the order of their beginnings. */
  async function launchesWith(slots: LaunchSlots) {
    const spans: { startedAt: number; endedAt: number }[] = [];
    await onSimulatedHost({ faults: { guest } }, async ({ host, sim, create }) => {
      host.launches = slots;
      await Promise.all(names.map((name) => create({ name })));
      for (const { argv, startedAt, endedAt } of await sim.calls()) {
        if (argv[0] === "launch") spans.push({ startedAt, endedAt: endedAt ?? Number.NaN });
      }
      assert.equal(slots.count, 0);
    });
    return spans.sort((one, other) => one.startedAt - other.startedAt);
  }

  it("let the next instance boot while one runs cloud-init", () =>
    onSimulatedHost(
      { faults: { guest: { ...guest, cloudInitSeconds: 100_000 } } },
      async ({ host, sim, create }) => {
        host.launches = new LaunchSlots(1, 4);
        const creates = Promise.all(names.map((name) => create({ name, timeouts: { create: "2h" } })));
        const running = async () =>
          Object.values((await sim.world()).instances).filter(({ state }) => state === "Running").length;
        await until(async () => (await running()) === names.length);
        const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
        assert.ok(launches.every(({ endedAt }) => endedAt === undefined));
        await Promise.all(names.map((name) => sim.instance(name).poke({ cloudInitDoneIn: 0 })));
        await creates;
        assert.equal(host.launches.count, 0);
      },
    ));

  it("are never more than the daemon has threads, with those that run cloud-init", async () => {
    const spans = await launchesWith(new LaunchSlots(1, 2));
    for (const { startedAt } of spans) {
      const open = spans.filter((span) => span.startedAt <= startedAt && startedAt < span.endedAt);
      assert.ok(open.length <= 2, JSON.stringify(spans));
    }
  });
});
