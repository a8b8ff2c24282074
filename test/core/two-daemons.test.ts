import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Multipass } from "../../provider/core/context.ts";
import { multipassOf, newMultipass } from "../../provider/core/multipass.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { command } from "../cli/command.ts";
import { noteCalls } from "../support/logs.ts";
import { createInstance, deleteInstance, surroundings } from "../support/operations.ts";
import { scaledClock } from "../support/scaled-clock.ts";
import { ownerOf } from "../support/simulated-host.ts";
import { withEnv } from "../support/with-env.ts";

/** Simulated seconds per real second. */
const SCALE = 20;

describe("two daemons of this computer", function () {
  this.timeout(120_000);
  const clock = scaledClock(SCALE);
  let dir: string;
  let near: Simulator;
  let far: Simulator;
  before(async function () {
    // Multipass for Windows has no address to name.
    if (process.platform === "win32") this.skip();
    dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-daemons-")));
    near = noteCalls(await startSimulator({ timeScale: SCALE, seed: 1 }));
    far = noteCalls(await startSimulator({ timeScale: SCALE, seed: 2 }));
  });
  after(async () => {
    await near?.close();
    await far?.close();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  const addressOf = ({ env }: Simulator) => String(env.MULTIPASS_SERVER_ADDRESS);
  /** The environment of a process for which a daemon is the default one. Both have one client and one ledger. */
  const envOf = (sim: Simulator) => ({
    ...near.env,
    MULTIPASS_SERVER_ADDRESS: addressOf(sim),
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
  });
  /** @param sim the process's default daemon @param address of the daemon, if not the default one */
  const multipassAt = (sim: Simulator, address?: string): Multipass =>
    newMultipass(near.bin, clock, { ...thisComputer, env: { ...process.env, ...envOf(sim) } }, address);
  const create = (multipass: Multipass, owner: string) =>
    createInstance(surroundings(multipass, clock), {
      name: "web",
      owner: ownerOf(owner),
      timeouts: { create: "20m" },
    });
  const namesOn = async (sim: Simulator) => Object.keys((await sim.world()).instances);
  const ownersFor = async (sim: Simulator) => {
    const { code, stdout, stderr } = await command(["status", "--json"], envOf(sim));
    assert.equal(code, 0, stderr);
    const { instances } = JSON.parse(stdout) as { instances: { name: string; resource: string }[] };
    return instances.map(({ name, resource }) => `${name} of ${resource}`);
  };

  it("have instances of one name, each with an owner of its own", async () => {
    const here = multipassAt(near);
    const there = multipassAt(near, addressOf(far));
    const [first] = await Promise.all([create(here, "a"), create(there, "b")]);
    assert.deepEqual([await namesOn(near), await namesOn(far)], [["web"], ["web"]]);

    // Another process, whose environment names the second daemon.
    assert.deepEqual([await ownersFor(near), await ownersFor(far)], [["web of a"], ["web of b"]]);
    const other = multipassAt(far);
    await assert.rejects(create(other, "a"), /already exists/);
    assert.equal((await create(other, "b")).id, "web");
    assert.equal((await far.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);

    await deleteInstance(surroundings(here, clock), "web", first.outs);
    assert.deepEqual([await namesOn(near), await namesOn(far)], [[], ["web"]]);
    assert.equal(await here.ledger.entryOf("web"), undefined);
    assert.equal((await there.ledger.entryOf("web"))?.owner, ownerOf("b"));
  });

  it("are told apart by their address, whether an argument or the environment gives it", () => {
    const restore = withEnv({ MULTIPASS_SERVER_ADDRESS: addressOf(near) });
    try {
      assert.equal(multipassOf(near.bin), multipassOf(near.bin, addressOf(near)));
      assert.notEqual(multipassOf(near.bin), multipassOf(near.bin, addressOf(far)));
    } finally {
      restore();
    }
  });

  it("do not wait for each other's work in instances of one name", async () => {
    const [here, there] = [near, far].map((sim) => multipassOf(near.bin, addressOf(sim)));
    assert.ok(here && there);
    assert.equal(multipassOf(near.bin, addressOf(near)), here);
    await here.locks.of("web").exclusive(async () => {
      // Fails if it is not free at once.
      await there.locks.of("web").exclusive(
        async () => undefined,
        () => Promise.reject(new Error("it had to wait")),
      );
    });
  });
});
