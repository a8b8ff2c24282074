import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { run, until } from "../support/run.ts";

describe("snapshots in the simulator", () => {
  /** Runs a command that must succeed. */
  const must = async (sim: Simulator, ...args: string[]) => {
    const { code, stdout, stderr } = await run(sim.bin, args);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it("keep their files when they are renamed", async () => {
    const sim = disposed(await startSimulator());
    await must(sim, "launch", "--name", "vm");
    await must(sim, "exec", "vm", "--", "touch", "kept");
    await must(sim, "stop", "vm");
    await must(sim, "snapshot", "vm", "--name", "a");
    await must(sim, "set", "local.vm.a.name=b");
    await must(sim, "restore", "--destructive", "vm.b");
    assert.match(await must(sim, "exec", "vm", "--", "ls"), /kept\n/);
  });

  it("restore the networks", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10 }));
    await must(sim, "launch", "--name", "vm");
    await must(sim, "set", "local.bridged-network=eth0");
    await until(async () => (await sim.world()).daemon.starts === 2);
    await until(async () => (await run(sim.bin, ["stop", "vm"])).code === 0);
    const networks = async () => (await sim.world()).instances["vm"]?.networks.map(({ id }) => id);
    await must(sim, "snapshot", "vm", "--name", "a");
    await must(sim, "set", "local.vm.bridged=true");
    assert.deepEqual(await networks(), ["eth0"]);
    await must(sim, "restore", "--destructive", "vm.a");
    assert.deepEqual(await networks(), []);
    await must(sim, "set", "local.vm.bridged=true");
    assert.deepEqual(await networks(), ["eth0"]);
  });

  for (const how of ["delete --purge", "poke"]) {
    it(`leave nothing behind when their instance is removed by ${how}`, async () => {
      const sim = disposed(await startSimulator());
      await must(sim, "launch", "--name", "vm");
      await must(sim, "stop", "vm");
      await must(sim, "snapshot", "vm");
      assert.equal(readdirSync(join(sim.dir, "guests")).length, 2);
      if (how === "poke") await sim.instance("vm").poke({ remove: true });
      else await must(sim, "delete", "--purge", "vm");
      assert.deepEqual(readdirSync(join(sim.dir, "guests")), []);
    });
  }
});
