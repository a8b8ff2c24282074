import assert from "node:assert/strict";
import { startSimulator } from "../../provider/testing/index.ts";
import { run, until } from "./run.ts";

describe("older versions in the simulator", () => {
  it("1.14: has no clone, neither as a command nor in its help", async () => {
    await using sim = await startSimulator({ version: "1.14.1" });
    const { code, stdout } = await run(sim.bin, ["clone", "vm"]);
    assert.equal(code, 1);
    assert.match(stdout, /^Error: Unknown command or alias 'clone'/);
    assert.doesNotMatch((await run(sim.bin, ["help"])).stdout, /^ +clone /m);
  });

  it("1.15: has it", async () => {
    await using sim = await startSimulator({ version: "1.15.1" });
    assert.match((await run(sim.bin, ["help"])).stdout, /^ +clone +Clone an instance$/m);
    assert.equal((await run(sim.bin, ["clone", "vm"])).code, 2);
  });

  it("1.13: has no stop --force, and says nothing of an instance that it does not stop", async () => {
    await using sim = await startSimulator({ version: "1.13.1" });
    await run(sim.bin, ["launch", "--name", "vm"]);
    const { code, stderr } = await run(sim.bin, ["stop", "--force", "vm"]);
    assert.deepEqual([code, stderr], [1, "Unknown option 'force'.\n"]);
    await run(sim.bin, ["suspend", "vm"]);
    const stopped = await run(sim.bin, ["stop", "vm"]);
    assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
    assert.equal((await sim.world()).instances["vm"]?.state, "Suspended");
  });

  for (const [version, seconds] of [
    ["1.13.1", 900],
    ["1.14.1", 5],
  ] as const) {
    it(`${version}: fetches the image list ${seconds} s after a failure`, async () => {
      await using sim = await startSimulator({ version, faults: { networkOutages: [{}] } });
      await until(async () => (await sim.world()).imageList.nextFetchAt !== undefined);
      const { fetchedAt = 0, nextFetchAt = 0 } = (await sim.world()).imageList;
      assert.equal(Math.round((nextFetchAt - fetchedAt) / 1000), seconds);
    });
  }
});
