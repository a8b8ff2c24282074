import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, pause, run, until } from "../support/run.ts";

const userData = "#cloud-config\nruncmd:\n  - echo once >> /var/ran\n";
const finished = "/var/lib/cloud/instance/boot-finished";

/** A machine whose cloud-init goes on for ten simulated seconds after its boot: one real second. */
async function booting(): Promise<Simulator> {
  const sim = await startSimulator({ timeScale: 10, faults: { guest: { cloudInitSeconds: 10 } } });
  begin(sim.bin, ["launch", "--name", "vm", "--cloud-init", "-"], { input: userData });
  await until(async () => (await sim.world()).instances["vm"]?.state === "Running");
  return sim;
}

const has = (sim: Simulator, path: string) =>
  sim
    .instance("vm")
    .readFile(path)
    .then(
      () => true,
      () => false,
    );

async function ranOnce(sim: Simulator): Promise<void> {
  await until(() => has(sim, finished));
  assert.equal((await sim.instance("vm").readFile("/var/ran")).toString(), "once\n");
}

describe("cloud-init in the simulator", () => {
  it("continues after the daemon was stopped meanwhile", async () => {
    const sim = disposed(await booting());
    await sim.stopDaemon();
    assert.equal(await has(sim, finished), false);
    await sim.startDaemon();
    await ranOnce(sim);
  });

  it("starts again after a crash", async () => {
    const sim = disposed(await booting());
    await sim.crashDaemon();
    await sim.startDaemon();
    await ranOnce(sim);
  });

  it("continues when its instance is resumed", async () => {
    const sim = disposed(await booting());
    await run(sim.bin, ["suspend", "vm"]);
    await pause(1_200);
    assert.equal(await has(sim, finished), false);
    await run(sim.bin, ["start", "vm"]);
    await ranOnce(sim);
  });

  it("does nothing in an instance that is off, and starts again at the next boot", async () => {
    const sim = disposed(await booting());
    await run(sim.bin, ["stop", "--force", "vm"]);
    await pause(1_200);
    assert.equal(await has(sim, finished), false);
    assert.equal(await has(sim, "/var/ran"), false);
    await run(sim.bin, ["start", "vm"]);
    const status = await run(sim.bin, ["exec", "vm", "--", "cloud-init", "status"]);
    assert.equal(status.stdout, "status: running\n");
    await ranOnce(sim);
  });

  it("ends when a test says so", async () => {
    const sim = disposed(await booting());
    await sim.instance("vm").poke({ cloudInitDoneIn: 0 });
    await until(() => has(sim, finished), 800);
  });
});
