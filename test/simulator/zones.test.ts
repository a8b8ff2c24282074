import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { run, until } from "../support/run.ts";

describe("zones in the simulator", () => {
  const state = async (sim: Simulator, name = "vm") => (await sim.world()).instances[name]?.state;
  const must = async (sim: Simulator, ...args: string[]) => {
    const { code, stderr } = await run(sim.bin, args);
    assert.equal(code, 0, stderr);
  };

  it("restart only what ran when they were disabled", async () => {
    const sim = disposed(await startSimulator());
    for (const name of ["vm", "asleep", "off"]) await must(sim, "launch", "--name", name);
    await must(sim, "suspend", "asleep");
    await must(sim, "stop", "off");
    await must(sim, "disable-zones", "--force", "zone1");
    await must(sim, "enable-zones", "zone1");
    await until(async () => (await state(sim)) === "Running");
    assert.deepEqual([await state(sim, "asleep"), await state(sim, "off")], ["Stopped", "Stopped"]);
  });

  for (const args of [["stop"], ["stop", "--force"]]) {
    it(`leave an instance that is unavailable as it is at ${args.join(" ")}`, async () => {
      const sim = disposed(await startSimulator());
      await must(sim, "launch", "--name", "vm");
      await must(sim, "disable-zones", "--force", "zone1");
      await must(sim, ...args, "vm");
      assert.equal(await state(sim), "Unavailable");
      await must(sim, "enable-zones", "zone1");
      await until(async () => (await state(sim)) === "Running");
    });
  }

  // The real daemon keeps in memory only that an instance is unavailable, and whether it ran.
  it("are forgotten by their instances when the daemon restarts", async () => {
    const sim = disposed(await startSimulator());
    await must(sim, "launch", "--name", "vm");
    await must(sim, "disable-zones", "--force", "zone1");
    await sim.stopDaemon();
    await sim.startDaemon();
    assert.equal(await state(sim), "Stopped");
    await must(sim, "enable-zones", "zone1");
    assert.equal(await state(sim), "Stopped");
  });
});
