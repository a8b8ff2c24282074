import assert from "node:assert/strict";
import { refreshImageList, restartForImages } from "../../../provider/core/instance/remedies.ts";
import type { RemediesInput } from "../../../provider/core/instance/waiting.ts";
import { restartCommand, restartDaemon } from "../../../provider/driver/service.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const finds = async ({ sim }: SimulatedHost) =>
  (await sim.calls()).filter(({ argv }) => argv[0] === "find").map(({ argv }) => argv.join(" "));

/** Leaves the daemon without a list, and unaware that it lacks one. */
async function emptyList({ sim, multipass }: SimulatedHost) {
  await until(async () => (await sim.world()).imageList.status === "good");
  await sim.setFaults({ networkOutages: [{}] });
  assert.throws(() => multipass("find", "--force-update"), /failed to download/);
  await sim.setFaults({});
}

describe("the remedy that makes the daemon fetch its image list", () => {
  for (const version of ["1.14.1", "1.16.3"]) {
    it(`fills a list that is empty without an error, once, and only on request, on ${version}`, () =>
      onSimulatedHost({ version }, async (subject) => {
        await emptyList(subject);
        assert.deepEqual(await refreshImageList(subject.context(), {}), []);
        const [said] = await refreshImageList(subject.context(), { forceUpdate: true });
        assert.equal(said, "multipass find --force-update");
        assert.equal((await subject.sim.world()).imageList.status, "good");
        const before = await finds(subject);
        assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), []);
        assert.deepEqual(await finds(subject), before);
      }));
  }

  for (const version of ["1.14.1", "1.16.3", "1.17.0"]) {
    it(`is not used after a failed background fetch, even if the network is back, on ${version}`, () =>
      onSimulatedHost({ version, timeScale: 1, faults: { networkOutages: [{}] } }, async (subject) => {
        await until(async () => (await subject.sim.world()).imageList.status === "failed");
        await subject.sim.setFaults({});
        // The daemon itself says that a forced update would not help.
        assert.throws(() => subject.multipass("find", "--force-update"), /failed to download/);
        assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), []);
        assert.deepEqual((await finds(subject)).slice(1), ["find --format json"]);
      }));
  }

  it("is not used if the daemon has a list", () =>
    onSimulatedHost({ version: "1.17.0" }, async (subject) => {
      await until(async () => (await subject.sim.world()).imageList.status === "good");
      assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), []);
      assert.deepEqual(await finds(subject), ["find --format json"]);
    }));

  it("is used without a question before 1.14, which also asks the network after a failed fetch", () =>
    onSimulatedHost({ version: "1.13.1", faults: { networkOutages: [{}] } }, async (subject) => {
      await until(async () => (await subject.sim.world()).imageList.status === "failed");
      await subject.sim.setFaults({});
      await refreshImageList(subject.context(), { forceUpdate: true });
      assert.deepEqual(await finds(subject), ["find --format json --force-update"]);
      assert.equal((await subject.sim.world()).imageList.status, "good");
    }));

  it("reports its failure, and lets the create continue", () =>
    onSimulatedHost({ version: "1.16.3" }, async (subject) => {
      await emptyList(subject);
      await subject.sim.setFaults({
        commands: [{ command: "find", match: "--force-update", text: "find failed: no" }],
      });
      const [said] = await refreshImageList(subject.context(), { forceUpdate: true });
      assert.match(said ?? "", /^multipass find --force-update, which failed: .+/);
    }));
});

describe("the remedy that restarts the daemon", () => {
  it("reports its failure, does not try again, and lets the create continue", () =>
    onSimulatedHost({}, async (subject) => {
      const own: RemediesInput = {
        restartDaemon: "always",
        restartCommand: [process.execPath, "-e", "console.error('not today'); process.exit(3)"],
      };
      const [said] = await restartForImages(subject.context(), own);
      assert.match(said ?? "", /^a restart of the daemon, which failed: [\s\S]*not today/);
      assert.match(subject.said.join("\n"), /not today[\s\S]*Run it yourself[\s\S]*restartCommand/);
      assert.deepEqual(await restartForImages(subject.context(), own), []);
    }));

  it("has a command on each platform, as root or not", () => {
    const snap = ["snap", "restart", "multipass"];
    assert.deepEqual(restartCommand(undefined, "linux", 0), snap);
    assert.deepEqual(restartCommand(undefined, "linux", 1000), ["sudo", "-n", ...snap]);
    assert.deepEqual(restartCommand(undefined, "darwin", 501).slice(0, 3), ["sudo", "-n", "launchctl"]);
    assert.equal(restartCommand(undefined, "win32", undefined)[0], "powershell.exe");
    assert.deepEqual(restartCommand(["mine"], "win32", undefined), ["mine"]);
  });

  it("asks for a command if none is known", () =>
    assert.rejects(restartDaemon([]), /no command is known[\s\S]*remedies\.restartCommand/));
});
