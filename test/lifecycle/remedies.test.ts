import assert from "node:assert/strict";
import type { RemediesInput } from "../../provider/lifecycle/instance/model.ts";
import { refreshImageList, restartForImages } from "../../provider/lifecycle/instance/remedies.ts";
import { restartCommand, restartDaemon } from "../../provider/multipass/service.ts";
import { type InProcess, inProcess } from "../chaos/in-process.ts";

const finds = async ({ sim }: InProcess) =>
  (await sim.calls()).filter(({ argv }) => argv[0] === "find").map(({ argv }) => argv.join(" "));

describe("the remedy that has the daemon fetch its image list", () => {
  it("is done only when it is asked for, and once", () =>
    inProcess({ version: "1.16.3" }, async (subject) => {
      assert.deepEqual(await refreshImageList(subject.context(), {}), []);
      assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), [
        "multipass find --force-update",
      ]);
      assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), []);
      assert.deepEqual(await finds(subject), ["find --format json --force-update"]);
    }));

  it("is not done on a version that does not profit", () =>
    inProcess({ version: "1.17.0" }, async (subject) => {
      assert.deepEqual(await refreshImageList(subject.context(), { forceUpdate: true }), []);
      assert.deepEqual(await finds(subject), []);
    }));

  it("says so where it fails, and lets the create go on", () =>
    inProcess(
      { version: "1.16.3", faults: { commands: [{ command: "find", text: "find failed: no" }] } },
      async (subject) => {
        const [said] = await refreshImageList(subject.context(), { forceUpdate: true });
        assert.match(said ?? "", /^multipass find --force-update, which failed: .+/);
      },
    ));
});

describe("the remedy that restarts the daemon", () => {
  it("says so where it fails, does not try again, and lets the create go on", () =>
    inProcess({}, async (subject) => {
      const own: RemediesInput = {
        restartDaemon: "always",
        restartCommand: [process.execPath, "-e", "console.error('not today'); process.exit(3)"],
      };
      const [said] = await restartForImages(subject.context(), own);
      assert.match(said ?? "", /^a restart of the daemon, which failed: [\s\S]*not today/);
      assert.match(subject.logs.join("\n"), /not today[\s\S]*restartCommand/);
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

  it("asks for a command where none is known", () =>
    assert.rejects(restartDaemon([]), /no command is known[\s\S]*remedies\.restartCommand/));
});
