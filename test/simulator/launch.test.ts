import assert from "node:assert/strict";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, run, until } from "../support/run.ts";

const state = async (sim: Simulator, name: string) => (await sim.world()).instances[name]?.state;

describe("phases of a failed launch", () => {
  let sim: Simulator;
  before(async () => {
    sim = await startSimulator();
  });
  after(() => sim.close());

  const cases: {
    phase: NonNullable<FaultPlan["launches"]>[number]["phase"];
    code: number;
    text: RegExp;
    left?: string;
  }[] = [
    { phase: "A", code: 1, text: /^Error: / },
    { phase: "B", code: 2, text: /^launch failed: No AZ with name: zone1\n$/ },
    { phase: "C", code: 2, text: /^launch failed: Remote "release" is unknown or unreachable\./ },
    { phase: "D", code: 2, text: /^launch failed: instance "p-d" is being prepared\n$/ },
    { phase: "E", code: 2, text: /^launch failed: KVM support is not enabled on this machine\.\n$/ },
    { phase: "F", code: 2, text: /^launch failed: failed to download from 'https:.*': Network timeout\n$/ },
    { phase: "G", code: 2, text: /^launch failed: qemu quit unexpectedly with exit code 1/ },
    {
      phase: "H",
      code: 2,
      text: /^launch failed: The following errors occurred:\nInstance shutdown during start\n$/,
      left: "Stopped",
    },
    {
      phase: "I",
      code: 2,
      text: /^launch failed: The following errors occurred:\np-i: timed out waiting for response\n$/,
      left: "Unknown",
    },
    {
      phase: "J",
      code: 2,
      text: /^launch failed: .*:\ntimed out waiting for initialization to complete\n$/,
      left: "Running",
    },
    {
      phase: "K",
      code: 2,
      text: /^launch failed: .*:\nError enabling mount support in 'p-k'\n$/,
      left: "Running",
    },
    { phase: "M", code: 5, text: /^Timed out waiting for instance launch\.\n$/ },
  ];
  for (const { phase, code, text, left } of cases) {
    it(`${phase} leaves ${left ? `the instance ${left}` : "nothing"} behind`, async () => {
      const name = `p-${phase.toLowerCase()}`;
      await sim.setFaults({ launches: [{ match: { name }, phase }] });
      const outcome = await run(sim.bin, ["launch", "--name", name]);
      assert.equal(outcome.code, code);
      assert.match(outcome.stderr, text);
      assert.equal(await state(sim, name), left);
      assert.deepEqual((await sim.world()).preparing, {});
      await sim.setFaults({});
      const again = await run(sim.bin, ["launch", "--name", name]);
      assert.equal(again.code, left ? 2 : 0);
    });
  }

  it("L prints Launched: and fails nevertheless", async () => {
    await sim.setFaults({ launches: [{ phase: "L" }] });
    const { code, stdout, stderr } = await run(sim.bin, [
      "launch",
      "--name",
      "p-l",
      "--mount",
      import.meta.dirname,
    ]);
    assert.equal(code, 2);
    assert.match(stdout, /Launched: p-l in zone1\n/);
    assert.match(stderr, /^mount failed: /);
    assert.equal(await state(sim, "p-l"), "Running");
  });

  it("L hits the launch with its number, however many came later", async () => {
    const own = disposed(
      await startSimulator({
        timeScale: 10,
        faults: { launches: [{ match: { nth: 1 }, phase: "L" }], guest: { bootSeconds: 10 } },
      }),
    );
    const first = begin(own.bin, ["launch", "--name", "first", "--mount", import.meta.dirname]);
    await until(async () => "first" in (await own.world()).instances);
    const second = begin(own.bin, ["launch", "--name", "second", "--mount", import.meta.dirname]);
    assert.match((await first.done).stderr, /^mount failed: /);
    assert.equal((await second.done).code, 0);
  });

  it("says once that mounts are disabled", async () => {
    const own = disposed(await startSimulator({ timeScale: 10 }));
    await run(own.bin, ["set", "local.privileged-mounts=false"]);
    await until(async () => (await own.world()).daemon.starts === 2);
    await until(async () => (await run(own.bin, ["list"])).code === 0);
    const mounts = ["--mount", import.meta.dirname, "--mount", `${import.meta.dirname}:/srv`];
    const { code, stdout } = await run(own.bin, ["launch", ...mounts]);
    assert.equal(code, 0);
    assert.equal(stdout.split("Skipping mount due to disabled mounts feature\n").length, 2);
  });

  it("M while the VM boots lets the launch continue", async () => {
    await sim.setFaults({ launches: [{ match: { name: "going" }, phase: "M", duringBoot: true }] });
    assert.equal((await run(sim.bin, ["launch", "--name", "going"])).code, 5);
    await until(async () => (await state(sim, "going")) === "Running");
  });

  it("N breaks the connection; before the VM starts a stale image record remains, afterwards the instance", async () => {
    await sim.setFaults({
      launches: [
        { match: { name: "early" }, phase: "N" },
        { match: { name: "late" }, phase: "N", duringBoot: true },
      ],
    });
    const lost = "launch failed: cannot connect to the multipass socket\n";
    const early = await run(sim.bin, ["launch", "22.04", "--name", "early", "--cloud-init", "-"], {
      input: "first: true\n",
    });
    assert.deepEqual([early.code, early.stderr], [2, lost]);
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
    assert.equal(await state(sim, "early"), undefined);
    // The next launch of that name silently gets the old image and user-data.
    await run(sim.bin, ["launch", "--name", "early", "--cloud-init", "-"], { input: "second: true\n" });
    assert.match((await sim.world()).instances["early"]?.cloudInit ?? "", /first: true/);
    const { image, imageRelease, guestRelease, listRelease } = (await sim.world()).instances["early"] ?? {};
    assert.deepEqual(
      [image, imageRelease, listRelease, guestRelease],
      ["22.04", "22.04 LTS", "Ubuntu 22.04 LTS", "Ubuntu 22.04.5 LTS"],
    );

    const late = await run(sim.bin, ["launch", "--name", "late"]);
    assert.deepEqual([late.code, late.stderr], [2, lost]);
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
    assert.equal(await state(sim, "late"), "Stopped");
  });

  it("fails the n-th launch as often as planned, with the given text", async () => {
    const { launches } = await sim.world();
    await sim.setFaults({ launches: [{ match: { nth: launches + 2 }, phase: "F", text: "no luck" }] });
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
    assert.equal((await run(sim.bin, ["launch"])).stderr, "launch failed: no luck\n");
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
    await sim.setFaults({ launches: [{ match: { name: "t*" }, phase: "G", times: 2 }] });
    for (const code of [2, 2, 0])
      assert.equal((await run(sim.bin, ["launch", "--name", "twice"])).code, code);
  });

  it("gives up on a slow guest after 300 s or the given timeout", async () => {
    const slow = disposed(
      await startSimulator({
        timeScale: 200,
        faults: { guests: { boot: { bootSeconds: 400 }, init: { cloudInitSeconds: 600 } } },
      }),
    );
    const boot = await run(slow.bin, ["launch", "--name", "boot"]);
    assert.match(boot.stderr, /boot: timed out waiting for response\n$/);
    assert.ok(boot.milliseconds >= 1400, `${boot.milliseconds} ms`);
    assert.equal(await state(slow, "boot"), "Unknown");
    assert.match((await run(slow.bin, ["start", "boot"])).stderr, /already running, but in an unknown state/);
    assert.equal((await run(slow.bin, ["stop", "--force", "boot"])).code, 0);
    const init = await run(slow.bin, ["launch", "--name", "init"]);
    assert.match(init.stderr, /timed out waiting for initialization to complete\n$/);
    assert.equal(await state(slow, "init"), "Running");
    const status = await run(slow.bin, ["exec", "init", "--", "cloud-init", "status", "--wait"]);
    assert.match(status.stdout, /^\.+\nstatus: done\n$/);
  });

  it("shows the VM's states during a launch", async () => {
    const slow = disposed(
      await startSimulator({
        timeScale: 10,
        // Each of these states lasts for as long as a busy machine needs to look at it.
        faults: { imageDownloadSeconds: 30, guest: { bootSeconds: 30, cloudInitSeconds: 8 } },
      }),
    );
    const { done } = begin(slow.bin, ["launch", "--name", "vm"]);
    await until(async () => "vm" in (await slow.world()).preparing);
    assert.match((await run(slow.bin, ["info", "vm"])).stderr, /instance "vm" does not exist/);
    assert.equal((await run(slow.bin, ["list", "--format", "csv"])).stdout.trim().split("\n").length, 1);
    assert.match((await run(slow.bin, ["launch", "--name", "vm"])).stderr, /instance "vm" is being prepared/);
    assert.match(
      (await run(slow.bin, ["set", "local.vm.cpus=2"])).stderr,
      /reason: instance is being prepared/,
    );
    await until(async () => (await state(slow, "vm")) === "Starting");
    assert.match(
      (await run(slow.bin, ["delete", "vm"])).stderr,
      /while starting\.\nUse --purge to forcefully delete it\.\n$/,
    );
    await until(async () => (await state(slow, "vm")) === "Running");
    assert.equal((await done).code, 0);
    assert.match((await done).stdout, /Retrieving image: 42%/);
  });

  it("compares the size of the disk with the image", async () => {
    const { stderr } = await run(sim.bin, ["launch", "--disk", "2G"]);
    assert.equal(
      stderr,
      "launch failed: Requested disk (2147483648 bytes) below minimum for this image (3758096384 bytes)\n",
    );
    await sim.setFaults({ diskFull: true });
    assert.match((await run(sim.bin, ["launch"])).stderr, /Available disk \(0 bytes\) below minimum/);
    await sim.setFaults({});
  });
});
