import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { worldPaths } from "../../simulator/src/paths.ts";
import { disposed } from "../support/disposed.ts";
import { begin, message, run } from "../support/run.ts";

/** The simulated `multipass`, which uses Perl if it can, and the same in Node.js. */
const CLIENTS = [
  (sim: Simulator) => [sim.bin],
  (sim: Simulator) => [process.execPath, join(sim.dir, "client.mjs"), sim.dir],
];

/** What the same call does with each client, and how it is recorded. */
async function withEachClient(sim: Simulator, args: string[], input?: string) {
  const results = [];
  for (const client of CLIENTS) {
    const [bin = "", ...first] = client(sim);
    const { code, stdout, stderr } = await run(bin, [...first, ...args], { input });
    const call = (await sim.calls()).at(-1);
    const { id: _id, startedAt, endedAt = 0, ...recorded } = call ?? assert.fail("not recorded");
    assert.ok(startedAt <= endedAt);
    results.push({ code, stdout, stderr: message(stderr), recorded });
  }
  const [one, other] = results;
  assert.deepEqual(one, other);
  return one ?? assert.fail();
}

describe("the simulated client", () => {
  it("does and records the same with Perl and with Node.js", async () => {
    const sim = disposed(await startSimulator({ timeScale: 20 }));
    await run(sim.bin, ["launch", "--name", "vm"]);
    const special = "ä 😀 \"quoted\" \\u0041\t'$HOME'\u0001";
    const guest = ["exec", "vm", "--"];
    const printed = await withEachClient(sim, [...guest, "printf", "%s\n", special]);
    assert.equal(printed.stdout, `${special}\n`);
    assert.deepEqual(printed.recorded.argv.at(-1), special);
    const input = `${special}\n`.repeat(20_000);
    const copied = await withEachClient(sim, [...guest, "cat"], input);
    assert.equal(copied.stdout, input);
    assert.equal(copied.recorded.stdinBytes, Buffer.byteLength(input));
    assert.equal((await withEachClient(sim, [...guest, "sh", "-c", "echo no >&2; exit 3"])).code, 3);
    assert.equal((await withEachClient(sim, ["nonsense"])).code, 1);
    assert.equal((await withEachClient(sim, ["info", "none"])).code, 2);
    await withEachClient(sim, ["launch", "--name", "vm2", "--cloud-init", join(sim.dir, "missing")]);
    const userData = join(sim.dir, "user-data");
    writeFileSync(userData, "{");
    await withEachClient(sim, ["launch", "--name", "vm2", "--cloud-init", userData]);
    await withEachClient(sim, ["launch", "--name", "vm2", "--cloud-init", "-"], "{");
    await withEachClient(sim, ["wait-ready"]);
    await sim.stopDaemon();
    assert.equal((await withEachClient(sim, ["list"])).code, 2);
  });

  it("records a call that a dying daemon never reads", async () => {
    const sim = disposed(await startSimulator());
    await sim.stopDaemon();
    const dying = createServer((connection) => connection.destroy());
    await new Promise<void>((listening) => dying.listen(worldPaths(sim.dir).socket, listening));
    try {
      const { code, stderr, recorded } = await withEachClient(sim, ["get", "local.driver"]);
      assert.deepEqual([code, stderr], [2, "get failed: cannot connect to the multipass socket\n"]);
      assert.deepEqual(recorded, { argv: ["get", "local.driver"], exitCode: 2 });
    } finally {
      dying.close();
    }
  });

  for (const [index, client] of CLIENTS.entries()) {
    it(`records the signal that ends it, and that its daemon died (client ${index + 1})`, async () => {
      const sim = disposed(await startSimulator());
      await run(sim.bin, ["launch", "--name", "vm"]);
      const sleeping = async () => {
        const [bin = "", ...first] = client(sim);
        const script = ["exec", "vm", "--", "sh", "-c", "echo begun; sleep 1000"];
        const running = begin(bin, [...first, ...script]);
        await new Promise((begun) => running.child.stdout?.once("data", begun));
        return running;
      };
      const interrupted = await sleeping();
      interrupted.child.kill("SIGTERM");
      await interrupted.done;
      assert.equal(interrupted.child.signalCode, "SIGTERM");
      assert.equal((await sim.calls()).at(-1)?.signal, "SIGTERM");
      const orphaned = await sleeping();
      await sim.crashDaemon();
      const { code, stderr } = await orphaned.done;
      assert.deepEqual([code, stderr], [2, "exec failed: cannot connect to the multipass socket\n"]);
      assert.equal((await sim.calls()).at(-1)?.exitCode, 2);
    });
  }
});
