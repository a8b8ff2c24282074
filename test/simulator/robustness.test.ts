import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { seededRandom } from "../../simulator/src/random.ts";
import { disposed } from "../support/disposed.ts";
import { begin, pause, run, until } from "../support/run.ts";

describe("a simulator under duress", () => {
  it("serves 50 clients in parallel", async function () {
    this.timeout(120_000);
    const sim = disposed(await startSimulator());
    const names = Array.from({ length: 50 }, (_, n) => `vm${n}`);
    const outcomes = await Promise.all(names.map((name) => run(sim.bin, ["launch", "--name", name])));
    assert.deepEqual(
      outcomes.filter(({ code }) => code !== 0).map(({ stderr }) => stderr),
      [],
    );
    const { list } = JSON.parse((await run(sim.bin, ["list", "--format", "json"])).stdout);
    assert.deepEqual(list.map(({ name }: { name: string }) => name).sort(), names.sort());
    const calls = await sim.calls();
    assert.equal(calls.length, 51);
    assert.ok(calls.every(({ exitCode }) => exitCode === 0));
    const addresses = Object.values((await sim.world()).instances).map(({ ipv4, mac }) => `${ipv4} ${mac}`);
    assert.equal(new Set(addresses).size, 50);
  });

  it("lets one of 20 simultaneous launches of a name succeed", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { imageDownloadSeconds: 5 } }));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => run(sim.bin, ["launch", "--name", "one"])),
    );
    assert.equal(outcomes.filter(({ code }) => code === 0).length, 1);
    for (const { code, stderr } of outcomes) {
      if (code !== 0) assert.match(stderr, /instance "one" (already exists|is being prepared)\n$/);
    }
  });

  /** The world can be read, the daemon answers, and what it answers is what the world says. */
  async function sound(sim: Simulator): Promise<void> {
    const listed = await run(sim.bin, ["list", "--format", "json"]);
    assert.equal(listed.code, 0, listed.stderr);
    const names = JSON.parse(listed.stdout).list.map(({ name }: { name: string }) => name);
    assert.deepEqual(names.sort(), Object.keys((await sim.world()).instances).sort());
    await sim.calls();
  }

  it("survives clients that are killed at any moment", async function () {
    this.timeout(120_000);
    const random = seededRandom(7);
    const sim = disposed(
      await startSimulator({
        timeScale: 50,
        faults: { imageDownloadSeconds: 5, guest: { bootSeconds: 5, cloudInitSeconds: 5 } },
      }),
    );
    const runs = Array.from({ length: 20 }, async (_, n) => {
      const { child, done } = begin(sim.bin, ["launch", "--name", `vm${n}`]);
      await pause(random() * 600);
      child.kill("SIGKILL");
      await done;
    });
    await Promise.all(runs);
    await until(async () => Object.keys((await sim.world()).preparing).length === 0);
    await sound(sim);
  });

  it("survives a daemon that is killed at any moment [long]", async function () {
    this.timeout(120_000);
    const random = seededRandom(11);
    const sim = disposed(
      await startSimulator({
        timeScale: 50,
        faults: { imageDownloadSeconds: 2, guest: { bootSeconds: 2 } },
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      const clients = [0, 1, 2].map((n) => run(sim.bin, ["launch", "--name", `vm${round}-${n}`]));
      clients.push(
        run(sim.bin, ["exec", "vm0-0", "--", "sh", "-c", "for i in 1 2 3 4 5 6; do echo $i >> log; done"]),
      );
      await pause(random() * 400);
      await sim.crashDaemon();
      await sim.world();
      await Promise.all(clients);
      await sim.startDaemon();
      await sound(sim);
    }
  });
});
