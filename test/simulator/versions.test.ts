import assert from "node:assert/strict";
import { driverNamed } from "../../simulator/src/daemon/drivers.ts";
import { startSimulator } from "../../simulator/src/index.ts";
import { capabilitiesOf } from "../../simulator/src/version.ts";
import { disposed } from "../support/disposed.ts";
import { begin, run, until } from "../support/run.ts";

describe("older versions in the simulator", () => {
  it("1.14: has no clone, either as a command or in its help", async () => {
    const sim = disposed(await startSimulator({ version: "1.14.1" }));
    const { code, stdout } = await run(sim.bin, ["clone", "vm"]);
    assert.equal(code, 1);
    assert.match(stdout, /^Error: Unknown command or alias 'clone'/);
    assert.doesNotMatch((await run(sim.bin, ["help"])).stdout, /^ +clone /m);
  });

  it("1.15: has clone", async () => {
    const sim = disposed(await startSimulator({ version: "1.15.1" }));
    assert.match((await run(sim.bin, ["help"])).stdout, /^ +clone +Clone an instance$/m);
    assert.equal((await run(sim.bin, ["clone", "vm"])).code, 2);
  });

  it("1.13: has no stop --force, and says nothing about an instance that it does not stop", async () => {
    const sim = disposed(await startSimulator({ version: "1.13.1" }));
    await run(sim.bin, ["launch", "--name", "vm"]);
    const { code, stderr } = await run(sim.bin, ["stop", "--force", "vm"]);
    assert.deepEqual([code, stderr], [1, "Unknown option 'force'.\n"]);
    await run(sim.bin, ["suspend", "vm"]);
    const stopped = await run(sim.bin, ["stop", "vm"]);
    assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
    assert.equal((await sim.world()).instances["vm"]?.state, "Suspended");
  });

  it("1.16: names the VM that dies while it boots; 1.17 does not", async () => {
    for (const [version, cause] of [
      ["1.16.3", "vm: shutdown called while starting"],
      ["1.17.0", "Instance shutdown during start"],
    ] as const) {
      const sim = disposed(await startSimulator({ version }));
      await until(async () => (await sim.world()).imageList.status === "good");
      await run(sim.bin, ["launch", "--name", "vm"]);
      await run(sim.bin, ["stop", "vm"]);
      await sim.setFaults({ guest: { bootSeconds: 60 } });
      const { done } = begin(sim.bin, ["start", "vm"]);
      await until(async () => (await sim.world()).instances["vm"]?.state === "Starting");
      await run(sim.bin, ["stop", "--force", "vm"]);
      assert.equal((await done).stderr, `start failed: The following errors occurred:\n${cause}\n`);
    }
  });

  it("1.16: reports an unreachable remote in the words of its image host", async () => {
    const sim = disposed(await startSimulator({ version: "1.16.3", faults: { networkOutages: [{}] } }));
    await until(async () => (await sim.world()).imageList.status === "failed");
    const mirror = " If image mirror is enabled, please confirm it is valid.";
    for (const [image, text] of [
      ["24.04", 'Remote "" is unknown or unreachable.'],
      ["daily:24.04", `Remote "daily" is unknown or unreachable.${mirror}`],
      ["release:24.04", `Remote "release" is unknown or unreachable.${mirror}`],
      ["appliance:x", 'Remote "appliance" is unknown or unreachable.'],
    ] as const) {
      assert.equal((await run(sim.bin, ["launch", image])).stderr, `launch failed: ${text}\n`);
    }
  });

  it("have the drivers of their version and platform", () => {
    const [old, head] = [capabilitiesOf("1.16.3"), capabilitiesOf("1.17.0")];
    assert.equal(driverNamed("lxd", old, "linux"), "lxd");
    assert.equal(driverNamed("lxd", head, "linux"), undefined);
    assert.equal(driverNamed("applevz", head, "darwin"), "applevz");
    assert.equal(driverNamed("applevz", old, "darwin"), undefined);
    assert.equal(driverNamed("applevz", head, "win32"), undefined);
    assert.equal(driverNamed("hyper-v", old, "win32"), "hyperv");
    assert.equal(driverNamed("qemu", head, "win32"), undefined);
  });

  it("are identified by major and minor version, including development builds", () => {
    assert.deepEqual(capabilitiesOf("1.17.0-dev.3854+g9b0af2ec"), capabilitiesOf("1.17"));
    assert.deepEqual(capabilitiesOf("1.15.9"), { ...capabilitiesOf("1.14.0"), clone: true });
  });

  for (const version of ["1.12.2", "1.18", "1.170", "2.0.0", "1", "newest", ""]) {
    it(`refuse "${version}" and list the known versions`, async () => {
      const message = `Unknown version "${version}": the simulator knows Multipass 1.13, 1.14, 1.15, 1.16, 1.17`;
      await assert.rejects(startSimulator({ version }), new TypeError(message));
    });
  }

  for (const [version, seconds] of [
    ["1.13.1", 900],
    ["1.14.1", 5],
  ] as const) {
    it(`${version}: fetches the image list ${seconds} s after a failure`, async () => {
      const sim = disposed(
        await startSimulator({ version, faults: { networkOutages: [{ mode: "refused" }] } }),
      );
      await until(async () => (await sim.world()).imageList.nextFetchAt !== undefined);
      const { fetchedAt = 0, nextFetchAt = 0 } = (await sim.world()).imageList;
      assert.equal(Math.round((nextFetchAt - fetchedAt) / 1000), seconds);
    });
  }
});
