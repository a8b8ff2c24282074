import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, run, until } from "../support/run.ts";

const REBOOTS = "#cloud-config\nruncmd: [[touch, /root/begun], [reboot], [touch, /root/never]]\n";
const LAUNCH = ["launch", "--name", "vm", "--cloud-init", "-", "--timeout", "600"];

/** A simulator on which ten minutes pass in a second and a half. */
const open = async (version: string, faults: FaultPlan = {}) =>
  disposed(await startSimulator({ version, timeScale: 400, faults }));
const exec = (sim: Simulator, ...words: string[]) => run(sim.bin, ["exec", "vm", "--", ...words]);
const status = async (sim: Simulator) => (await exec(sim, "cloud-init", "status")).stdout.trim();

describe("a simulated guest that reboots during cloud-init", () => {
  const guest = { bootSeconds: 20, cloudInitSeconds: 20 };

  it("is launched by 1.17, and runs its commands once", async () => {
    const sim = await open("1.17.0", { guest });
    assert.equal((await run(sim.bin, LAUNCH, { input: REBOOTS })).code, 0);
    assert.equal(await status(sim), "status: done");
    assert.equal((await exec(sim, "sudo", "ls", "/root")).stdout, "begun\n");
  });

  it("keeps a launch of 1.16 waiting for ever, although it is ready", async () => {
    const sim = await open("1.16.3", { guest });
    const launch = begin(sim.bin, LAUNCH, { input: REBOOTS });
    await until(async () => (await status(sim)) === "status: done");
    const { code, stderr } = await launch.done;
    assert.equal(code, 5);
    assert.match(stderr, /Timed out waiting for instance launch/);
  });

  it("can hang the daemon until it is killed", async () => {
    const sim = await open("1.16.3", { guest: { ...guest, resetHangsDaemon: true } });
    const launch = begin(sim.bin, LAUNCH, { input: REBOOTS });
    await until(async () => (await sim.world()).instances["vm"]?.boots === 2);
    const list = begin(sim.bin, ["list"]);
    assert.equal(
      await Promise.race([list.done, launch.done.then(() => "the launch alone")]),
      "the launch alone",
    );
    await sim.stopDaemon();
    assert.equal((await list.done).code, 2);
    await sim.startDaemon();
    await until(async () => (await status(sim)) === "status: done");
  });
});

it("A simulated guest that refuses the key of Multipass says so to every command", async () => {
  const sim = await open("1.16.3", { guest: { refusesKey: true } });
  await run(sim.bin, ["launch", "--name", "vm"]);
  for (const args of [
    ["exec", "vm", "--", "true"],
    ["info", "vm"],
  ]) {
    const { code, stderr } = await run(sim.bin, args);
    assert.equal(code, 2);
    assert.match(stderr, /failed: ssh failed to authenticate: 'Access denied for 'publickey'/);
  }
});

it("A simulated guest lists the addresses of its inner networks behind its own, or alone", async () => {
  const sim = await open("1.16.3", { guest: { innerAddresses: ["172.17.0.1"] } });
  await run(sim.bin, ["launch", "--name", "vm"]);
  const addresses = async () =>
    JSON.parse((await run(sim.bin, ["info", "vm", "--format", "json"])).stdout).info.vm.ipv4;
  assert.deepEqual((await addresses()).slice(1), ["172.17.0.1"]);
  await sim.instance("vm").poke({ ipv4: "" });
  assert.deepEqual(await addresses(), ["172.17.0.1"]);
});

it("A restore that removes a mount leaves the snapshot's mounts dead until the daemon restarts", async () => {
  const sim = await open("1.16.3");
  const folder = (name: string) => {
    const path = mkdtempSync(join(sim.dir, "mount-"));
    writeFileSync(join(path, name), "");
    return path;
  };
  const [before, after] = [folder("before"), folder("after")];
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(sim.bin, args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await must("launch", "--name", "vm");
  await must("mount", before, "vm:/data");
  await must("stop", "vm");
  await must("snapshot", "vm", "--name", "s");
  await must("umount", "vm:/data");
  await must("mount", after, "vm:/data");
  await must("restore", "--destructive", "vm.s");
  await must("start", "vm");
  assert.match(await must("info", "vm"), new RegExp(before));
  assert.equal((await exec(sim, "ls", "/data")).stdout, "");
  assert.match((await run(sim.bin, ["umount", "vm:/data"])).stderr, /is not mounted in 'vm'/);
  await sim.crashDaemon();
  await sim.startDaemon();
  await until(async () => (await exec(sim, "ls", "/data")).stdout === "before\n");
  await must("umount", "vm:/data");
});
