import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Arrivals } from "../../../provider/core/instance/arrivals.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

describe("the question for addresses", () => {
  it("is asked once for all instances on their way, as soon as the last has arrived", () =>
    onSimulatedHost({}, async ({ host, create, count }) => {
      host.arrivals.expect("a hundred others");
      const { info } = host.roster;
      const asked: Parameters<typeof info>[2][] = [];
      host.roster.info = (name, options, gathering) => {
        asked.push(gathering);
        // Waits for the last one, however long that takes.
        const long = gathering && { ...gathering, longestMs: 2 ** 30 };
        return info.call(host.roster, name, options, long);
      };
      const names = ["vm1", "vm2", "vm3"];
      const done = Promise.all(names.map((name) => create({ name })));
      await until(() => asked.length === names.length);
      assert.equal(await count("info"), 0);
      host.arrivals.arrived("a hundred others");
      await done;
      assert.equal(await count("info"), 1);
      assert.ok(asked.every((gathering) => gathering && gathering.longestMs >= 100));
    }));

  it("does not wait for an instance that failed", () =>
    onSimulatedHost({ faults: { guest: { cloudInit: "error" } } }, async ({ host, create }) => {
      await assert.rejects(create({ name: "vm" }));
      await host.arrivals.all;
    }));

  it("does not discard the list that shows the free names", () =>
    onSimulatedHost({ faults: { guest: { cloudInitSeconds: 5 } } }, async ({ create, count }) => {
      await create({ name: "vm1" });
      await create({ name: "vm2" });
      assert.equal(await count("list"), 1);
    }));
});

describe("arrivals", () => {
  it("are awaited again once another instance is on its way", async () => {
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
