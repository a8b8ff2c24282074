import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, message, pause, run, until } from "../support/run.ts";

const state = async (sim: Simulator, name: string) => (await sim.world()).instances[name]?.state;
/** stderr without the daemon's log records. */

describe("clients of one daemon", () => {
  it("wait while another client's stop blocks the daemon", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { guest: { shutdownSeconds: 20 } } }));
    await run(sim.bin, ["launch", "--name", "vm"]);
    const stopping = begin(sim.bin, ["stop", "vm"]);
    // Its first words come with the request.
    await new Promise((begun) => stopping.child.stdout?.once("data", begun));
    assert.equal(await state(sim, "vm"), "Running");
    // Had it not waited, it would have seen what the world was just now.
    assert.match((await run(sim.bin, ["list", "--format", "csv"])).stdout, /vm,Stopped/);
    assert.equal((await stopping.done).code, 0);
  });

  it("share a download, and its end when the first of them is killed", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { imageDownloadSeconds: 20 } }));
    const first = begin(sim.bin, ["launch", "--name", "first"]);
    await until(async () => "first" in (await sim.world()).preparing);
    const second = begin(sim.bin, ["launch", "--name", "second"]);
    await until(async () => "second" in (await sim.world()).preparing);
    await pause(200);
    first.child.kill("SIGKILL");
    const { code, stdout, stderr } = await second.done;
    assert.equal(code, 2);
    assert.match(stdout, /Preparing image: /);
    assert.equal(message(stderr), "launch failed: Operation canceled\n");
    assert.deepEqual((await sim.world()).preparing, {});
    assert.deepEqual((await sim.world()).instances, {});
  });

  it("end a shared download even if they leave at its last percent", async () => {
    // The last percent lasts for 60 ms; on a busy machine the client may be killed after it.
    for (let tries = 1; !(await leavesAtTheLastPercent()); tries++) assert.ok(tries < 10, "always too late");
  });

  async function leavesAtTheLastPercent(): Promise<boolean> {
    await using sim = await startSimulator({ timeScale: 10, faults: { imageDownloadSeconds: 60 } });
    const first = begin(sim.bin, ["launch", "--name", "first"]);
    const last = new Promise<void>((seen) => {
      first.child.stdout?.on("data", (chunk) => String(chunk).includes("image: 100%") && seen());
    });
    await until(async () => "first" in (await sim.world()).preparing);
    const second = begin(sim.bin, ["launch", "--name", "second"]);
    await last;
    first.child.kill("SIGKILL");
    const { code, stderr } = await second.done;
    if (code === 0) return false;
    assert.deepEqual([code, message(stderr)], [2, "launch failed: Operation canceled\n"]);
    assert.deepEqual((await sim.world()).instances, {});
    return true;
  }

  it("let a launch continue if they are killed after the download", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { guest: { bootSeconds: 5 } } }));
    const { child } = begin(sim.bin, ["launch", "--name", "vm"]);
    await until(async () => (await state(sim, "vm")) === "Starting");
    child.kill("SIGKILL");
    await until(async () => (await state(sim, "vm")) === "Running");
  });

  it("queue for the daemon's threads, which a launch holds until cloud-init has ended", async () => {
    const guest = { cloudInitSeconds: 20 };
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { daemonThreads: 1, guest } }));
    const launches = ["first", "second"].map((name) => begin(sim.bin, ["launch", "--name", name]));
    await Promise.all(launches.map(({ done }) => done));
    const { first, second } = (await sim.world()).instances;
    assert.ok(first?.bootedAt !== undefined && second?.bootedAt !== undefined);
    assert.ok(Math.abs(first.bootedAt - second.bootedAt) >= 20_000);
  });

  it("queue for the daemon's threads while others wait for a start", async () => {
    const sim = disposed(
      await startSimulator({ timeScale: 10, faults: { daemonThreads: 1, guest: { bootSeconds: 10 } } }),
    );
    await run(sim.bin, ["launch", "--name", "first"]);
    await run(sim.bin, ["stop", "first"]);
    const starting = begin(sim.bin, ["start", "first"]);
    await until(async () => (await state(sim, "first")) === "Starting");
    const launched = run(sim.bin, ["launch", "--name", "second"]);
    await until(async () => "second" in (await sim.world()).preparing);
    // The main thread answers others meanwhile.
    assert.match((await run(sim.bin, ["list", "--format", "csv"])).stdout, /first,Starting/);
    assert.equal((await starting.done).code, 0);
    assert.equal((await launched).code, 0);
    const { first, second } = (await sim.world()).instances;
    assert.ok((second?.bootedAt ?? 0) >= (first?.sshAt ?? Number.POSITIVE_INFINITY));
  });

  it("launch in parallel", async () => {
    const bootSeconds = 30;
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { guest: { bootSeconds } } }));
    const outcomes = await Promise.all([1, 2, 3, 4].map((n) => run(sim.bin, ["launch", "--name", `vm${n}`])));
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0, 0, 0],
    );
    const boots = Object.values((await sim.world()).instances).map(({ bootedAt }) => bootedAt);
    assert.equal(boots.length, 4);
    const apart = Math.max(...boots) - Math.min(...boots);
    assert.ok(apart < bootSeconds * 1000, `the last boot began ${apart} ms after the first`);
  });

  it("give up after their own timeout while the daemon continues", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { guest: { bootSeconds: 8 } } }));
    const { code, stderr } = await run(sim.bin, ["launch", "--name", "vm", "--timeout", "3"]);
    assert.deepEqual([code, stderr], [5, "Timed out waiting for instance launch.\n"]);
    // The same number limits the daemon's wait for SSH.
    await until(async () => (await state(sim, "vm")) === "Unknown");
  });
});
