import assert from "node:assert/strict";
import { Roster } from "../../provider/core/roster.ts";
import type { Driver } from "../../provider/driver/driver.ts";
import { noteChange } from "../../provider/driver/run.ts";

/** A daemon with some instances that records the questions it gets. */
function daemon(...names: string[]) {
  const asked: string[] = [];
  const driver = {
    async list() {
      asked.push("list");
      return names.map((name) => ({ name, state: "Running" }));
    },
    async info(of: string[]) {
      asked.push(`info ${of.join(" ")}`);
      return new Map(of.map((name) => [name, { state: "Running" }]));
    },
  };
  let now = 0;
  return {
    asked,
    names,
    world: new Roster(driver as unknown as Driver, { now: () => now }),
    /** Advances the clock by some milliseconds. */
    pass(ms: number) {
      now += ms;
    },
  };
}

describe("an answer from the daemon that many share", () => {
  const none = async () => [];

  it("is requested once by all who ask at the same moment, and again by later ones", async () => {
    const { world, asked } = daemon("a", "b");
    await Promise.all([world.find("a"), world.find("b")]);
    await world.find("a");
    assert.deepEqual(asked, ["list", "list"]);
    assert.ok((await Promise.all([world.info("a"), world.info("b")])).every(Boolean));
    assert.deepEqual(asked.slice(2), ["info a b"]);
  });

  it("serves sequential readers with one question of each kind", async () => {
    const { world, asked } = daemon("a", "b", "c", "another's");
    const others = async () => ["a", "b", "c", "gone"];
    for (const name of ["a", "b", "c"]) {
      assert.ok(await world.findRecent(name));
      assert.ok(await world.infoRecent(name, others));
    }
    assert.deepEqual(asked, ["list", "info a b c"]);
  });

  it("is shared among readers while its question is in flight", async () => {
    const { world, asked } = daemon("a", "b");
    const others = async () => ["a", "b"];
    await Promise.all(["a", "b"].map((name) => world.infoRecent(name, others)));
    assert.deepEqual(asked, ["list", "info a b"]);
  });

  it("is requested separately if nobody expected it", async () => {
    const { world, asked } = daemon("a", "stray");
    await world.infoRecent("a", none);
    assert.ok(await world.infoRecent("stray", none));
    assert.deepEqual(asked, ["list", "info a", "info stray"]);
  });

  it("is requested again once this process may have changed something", async () => {
    const { world, asked } = daemon("a");
    await world.findRecent("a");
    await world.infoRecent("a", none);
    noteChange("launch");
    await world.findRecent("a");
    await world.infoRecent("a", none);
    assert.deepEqual(asked, ["list", "info a", "list", "info a"]);
  });

  it("serves many sequential readers that take up to a minute", async () => {
    const { world, asked, pass } = daemon("a");
    for (let read = 0; read < 30; read++) {
      await world.findRecent("a");
      pass(2_000);
    }
    assert.deepEqual(asked, ["list"]);
  });

  it("is requested again after two seconds without a reader", async () => {
    const { world, asked, pass } = daemon("a");
    await world.findRecent("a");
    pass(2_001);
    await world.findRecent("a");
    assert.deepEqual(asked, ["list", "list"]);
  });

  it("is requested again after a minute, however closely the readers follow each other", async () => {
    const { world, asked, pass } = daemon("a");
    for (let second = 0; second <= 61; second++) {
      await world.findRecent("a");
      pass(1_000);
    }
    assert.deepEqual(asked, ["list", "list"]);
  });

  it("still knows which names were free a while ago, whatever was launched since", async () => {
    const { world, names } = daemon("a");
    assert.equal(await world.lacked("b"), false, "nobody has asked yet");
    await world.list();
    noteChange("launch");
    names.push("b");
    assert.equal(await world.lacked("a"), false);
    assert.equal(await world.lacked("b"), true);
  });

  it("is not replaced by a failed question", async () => {
    let isDown = true;
    const list = async () => (isDown ? Promise.reject(new Error("down")) : [{ name: "a" }]);
    const world = new Roster({ list } as unknown as Driver);
    await assert.rejects(world.findRecent("a"));
    isDown = false;
    assert.deepEqual(await world.findRecent("a"), { name: "a" });
  });
});
