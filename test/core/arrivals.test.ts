import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Arrivals } from "../../provider/core/instance/arrivals.ts";
import { LaunchSlots } from "../../provider/core/operation/launch-slots.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

/** Milliseconds for which a ready instance would wait for a hundred launches. */
const LONGEST_MS = 10_000;

describe("the question for addresses", () => {
  it("waits for launches under way only while somebody is on the way", () =>
    onSimulatedHost({}, async ({ host, create, count }) => {
      host.launches = new LaunchSlots(200, 200);
      const end = Promise.withResolvers<void>();
      for (let other = 0; other < 100; other++) void host.launches.run(() => end.promise);
      const names = ["vm1", "vm2", "vm3"];
      const done = Promise.all(names.map((name) => create({ name }))).then(() => "done");
      assert.equal(await Promise.race([done, delay(LONGEST_MS, "late", { ref: false })]), "done");
      assert.equal(await count("info"), 1);
      end.resolve();
    }));

  it("does not wait for an instance that failed", () =>
    onSimulatedHost({ faults: { guest: { cloudInit: "error" } } }, async ({ host, create }) => {
      await assert.rejects(create({ name: "vm" }));
      await host.arrivals.all;
    }));

  it("leaves the list alone that showed which names are free", () =>
    onSimulatedHost({ faults: { guest: { cloudInitSeconds: 5 } } }, async ({ create, count }) => {
      await create({ name: "vm1" });
      await create({ name: "vm2" });
      assert.equal(await count("list"), 1);
    }));
});

describe("arrivals", () => {
  it("are awaited anew once somebody else is on the way", async () => {
    const arrivals = new Arrivals();
    await arrivals.all;
    arrivals.expect("one");
    arrivals.expect("two");
    let over = false;
    const all = arrivals.all.then(() => {
      over = true;
    });
    arrivals.arrived("one");
    await delay(0);
    assert.equal(over, false);
    arrivals.arrived("two");
    await all;
    arrivals.expect("three");
    assert.equal(await Promise.race([arrivals.all.then(() => "all"), delay(0, "not yet")]), "not yet");
  });
});
