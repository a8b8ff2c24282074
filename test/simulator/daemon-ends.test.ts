import assert from "node:assert/strict";
import { execa } from "execa";
import { control } from "../../simulator/src/control-client.ts";
import { attachSimulator, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { worldPaths } from "../../simulator/src/paths.ts";
import { disposed } from "../support/disposed.ts";
import { run, until } from "../support/run.ts";

const state = async (sim: Simulator, name: string) => (await sim.world()).instances[name]?.state;

describe("the simulated daemon, as it ends", () => {
  it("suspends running instances when stopped and resumes them", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    await sim.stopDaemon();
    assert.equal(await state(sim, "vm"), "Suspended");
    await sim.startDaemon();
    await until(async () => (await state(sim, "vm")) === "Running");
  });

  it("restarts the instances that ran before a crash", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    await run(sim.bin, ["exec", "vm", "--", "sh", "-c", "echo kept > file"]);
    await sim.crashDaemon();
    assert.equal(
      (await run(sim.bin, ["list"])).stderr,
      "list failed: cannot connect to the multipass socket\n",
    );
    await sim.startDaemon();
    await until(async () => (await state(sim, "vm")) === "Running");
    assert.equal((await run(sim.bin, ["exec", "vm", "--", "cat", "file"])).stdout, "kept\n");
  });

  it("can also be crashed by a process that only attached to the simulator", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    const attached = await attachSimulator(sim.dir);
    await attached.crashDaemon();
    assert.equal((await run(sim.bin, ["list"])).code, 2);
    assert.equal(await state(sim, "vm"), "Running", "an orderly end would have suspended it");
    await attached.crashDaemon();
    await attached.startDaemon();
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
    await sim.crashDaemon();
    assert.equal((await run(sim.bin, ["list"])).code, 2);
  });

  it("crashes and comes back at a planned moment during a launch", async () => {
    const sim = disposed(
      await startSimulator({
        timeScale: 10,
        faults: { daemonCrash: [{ duringLaunch: { nth: 1, phase: "J" }, downFor: "5s" }] },
      }),
    );
    const { code, stderr } = await run(sim.bin, ["launch", "--name", "vm"]);
    assert.deepEqual([code, stderr], [2, "launch failed: cannot connect to the multipass socket\n"]);
    await until(async () => (await sim.world()).daemon.starts === 2);
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
    await until(async () => (await state(sim, "vm")) === "Running");
  });

  it("runs once, however many start it at the same time", async () => {
    const sim = disposed(await startSimulator());
    const processes = async () =>
      (await execa("ps", ["--ppid", `${process.pid}`, "-o", "args="])).stdout.match(/daemon\/main/g)?.length;
    const before = await processes();
    await sim.crashDaemon();
    await Promise.all([sim.startDaemon(), sim.startDaemon(), sim.startDaemon()]);
    assert.equal(await processes(), before);
    assert.equal((await sim.world()).daemon.starts, 2);
  });

  it("leaves a process that simulates the next host", async () => {
    const pid = async (sim: Simulator) => control(worldPaths(sim.dir).control, { op: "pid" });
    const first = await startSimulator();
    await run(first.bin, ["launch", "--name", "vm"]);
    const used = await pid(first);
    await first.close();
    const second = disposed(await startSimulator());
    assert.equal(await pid(second), used);
    assert.deepEqual((await second.world()).instances, {});
    const third = disposed(await startSimulator());
    assert.notEqual(await pid(third), used, "no process simulates two hosts");
  });

  it("crashes at a planned moment, even if the plan came later", async () => {
    const sim = disposed(
      await startSimulator({
        timeScale: 10,
        faults: { daemonCrash: [{ at: "4s", downFor: 1 }] },
      }),
    );
    await until(async () => (await sim.world()).daemon.starts === 2);
    await sim.setFaults({ daemonRestart: [{ at: 0, downFor: 1 }] });
    await until(async () => (await sim.world()).daemon.starts === 3);
  });

  it("restarts for a daemon-wide setting", async () => {
    const sim = disposed(await startSimulator({ timeScale: 5 }));
    assert.equal((await run(sim.bin, ["set", "local.image.mirror=https://mirror.test"])).code, 0);
    await until(async () => (await sim.world()).daemon.status === "stopped");
    await until(async () => (await sim.world()).daemon.status === "running");
    assert.equal((await run(sim.bin, ["get", "local.image.mirror"])).stdout, "https://mirror.test/\n");
    assert.equal((await sim.world()).daemon.starts, 2);
  });
});
