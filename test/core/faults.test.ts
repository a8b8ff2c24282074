import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InitializationError } from "../../provider/core/context.ts";
import { isMultipassError } from "../../provider/driver/errors.ts";
import {
  createAlias,
  createClone,
  createCommand,
  createFile,
  createMount,
  createRestore,
  createSetting,
  createSnapshot,
  deleteAlias,
  deleteCommand,
  deleteMount,
  deleteSnapshotResource,
  diffSnapshot,
  readFile,
  readMount,
  updateSnapshot,
} from "../support/operations.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";

const dev = { instance: "dev", owner: "urn:dev" };
const append = { ...dev, shell: true, create: "echo once >> runs" };

describe("a resource in an instance, when things go wrong", function () {
  this.timeout(120_000);

  it("a command waits for a daemon that is away", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      await sim.stopDaemon();
      const before = await count("list");
      const running = createCommand(ctx, append);
      await until(async () => (await count("list")) > before);
      await sim.startDaemon();
      await running;
      assert.equal((await sim.instance("dev").readFile("/home/ubuntu/runs")).toString(), "once\n");
    }));

  it("a command runs exactly once each time, however often the guest cannot be reached", () =>
    onSimulatedHost({ seed: 7 }, async ({ sim, ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ guest: { sshFlaky: 0.5 } });
      for (let run = 0; run < 6; run += 1) await createCommand(ctx, append);
      assert.equal((await sim.instance("dev").readFile("/home/ubuntu/runs")).toString(), "once\n".repeat(6));
    }));

  it("a command whose outcome is unknown is not run again", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      const text = "failed to obtain exit status for remote process 'sh': timed out after 5000 ms";
      await sim.setFaults({ commands: [{ command: "exec", text }] });
      await assert.rejects(createCommand(ctx, append), /failed to obtain exit status/);
      assert.equal(await count("exec"), 1);
    }));

  it("a command whose instance lost its power is not run again", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ guestCommands: [{ match: "^slow$", seconds: 60, times: 1 }] });
      const command = createCommand(ctx, { ...dev, create: ["slow"] });
      const refused = assert.rejects(command, /could not obtain exit state/);
      await until(async () => (await sim.world()).faultUse["guestCommands.0"] === 1);
      multipass("restart", "dev");
      await refused;
      assert.equal(await count("exec"), 1);
    }));

  it("a command that prints the client's own error text has failed, and is not run again", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      const stderr = "exec failed: ssh connection failed: 'Connection refused'";
      await sim.setFaults({ guestCommands: [{ match: "^inner$", stderr, exitCode: 1 }] });
      await assert.rejects(createCommand(ctx, { ...dev, create: ["inner"] }), (error) =>
        isMultipassError(error, "command-failed"),
      );
      assert.equal(await count("exec"), 1);
    }));

  it("a command that does not end fails at its timeout, and the error says so", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      const sleeps = { ...dev, create: ["sleep", "60"], timeouts: { create: "2s" } };
      await assert.rejects(createCommand(ctx, sleeps), /still running after 2s.*\n.*may still be running/);
    }));

  it("a delete command needs a running instance, and is skipped if the instance is gone", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      multipass("stop", "dev");
      const state = { ...append, delete: "true", stdout: "", stderr: "", exitCode: 0 };
      await assert.rejects(deleteCommand(ctx, state), /not started by accident/);
      multipass("delete", "--purge", "dev");
      await deleteCommand(ctx, state);
      assert.equal(await count("exec"), 0);
    }));

  it("a file arrives complete although the guest is often unreachable", () =>
    onSimulatedHost({ seed: 3 }, async ({ sim, ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ guest: { sshFlaky: 0.3 } });
      const { outs } = await createFile(ctx, { ...dev, path: "/etc/x/y", content: "whole\n" });
      assert.equal((await sim.instance("dev").readFile("/etc/x/y")).toString(), "whole\n");
      assert.deepEqual(await readFile(ctx, outs), outs);
      await sim.setFaults({});
      multipass("stop", "dev");
      assert.deepEqual(await readFile(ctx, outs), outs, "a stopped machine is no drift");
      multipass("delete", "--purge", "dev");
      assert.equal(await readFile(ctx, outs), undefined);
    }));

  it("a snapshot waits for the command that runs in its instance", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ guestCommands: [{ match: "^slow$", stdout: "done", seconds: 20, times: 1 }] });
      const command = createCommand(ctx, { ...dev, create: ["slow"] });
      await until(async () => (await sim.world()).faultUse["guestCommands.0"] === 1);
      const later = createCommand(ctx, { ...dev, create: ["hostname"] });
      const [{ outs }, snapshot] = await Promise.all([
        command,
        createSnapshot(ctx, { ...dev, name: "ready" }),
        later,
      ]);
      assert.equal(outs.stdout, "done");
      assert.equal(snapshot.outs.ready, true);
      const first = async (name: string) => (await sim.calls()).find(({ argv }) => argv[0] === name);
      const [ran, stopped] = [await first("exec"), await first("stop")];
      assert.ok((ran?.endedAt ?? Infinity) <= (stopped?.startedAt ?? 0), "it was stopped under its command");
    }));

  it("a snapshot is kept if its instance does not start again, and the next run starts the instance", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ commands: [{ command: "start", text: "no KVM today", times: 9 }] });
      const error = await createSnapshot(ctx, { ...dev, name: "ready" }).then(
        () => assert.fail("it succeeded"),
        (reason) => reason,
      );
      assert.ok(error instanceof InitializationError, String(error));
      assert.match(error.message, /was taken, but the instance is not running again: .*no KVM today/s);
      const olds = error.outs;
      assert.equal(olds.owed, "running");
      const inputs = { ...dev, name: "ready" };
      assert.equal(diffSnapshot(olds, inputs).changes, true);
      await sim.setFaults({});
      const outs = await updateSnapshot(ctx, error.id, olds, inputs);
      assert.equal(diffSnapshot(outs, inputs).changes, false);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      assert.equal(await count("snapshot"), 1);
    }));

  it("an instance gets its power state back even if this process is told to end meanwhile", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ commands: [{ command: "snapshot", delay: "10m", text: "too late" }] });
      const end = new AbortController();
      const work = createSnapshot({ ...ctx, signal: end.signal }, { ...dev, name: "ready" });
      await until(async () => (await count("snapshot")) === 1);
      end.abort();
      await assert.rejects(work, (error) => isMultipassError(error, "cancelled"));
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
    }));

  it("a mount that Multipass has dropped is read as gone", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass }) => {
      const folder = mkdtempSync(join(tmpdir(), "mounted-"));
      multipass("launch", "--name", "dev");
      const { outs } = await createMount(ctx, { ...dev, source: folder, target: "/mnt/a" });
      assert.deepEqual(await readMount(ctx, outs), outs);
      await sim.setFaults({ guest: { snapSupport: false } });
      multipass("stop", "dev");
      multipass("start", "dev");
      assert.equal(await readMount(ctx, outs), undefined);
      rmSync(folder, { recursive: true });
    }));

  it("a clone made by an interrupted run is continued, not made twice", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "golden");
      const inputs = { source: "golden", name: "web", owner: "urn:web" };
      const end = new AbortController();
      await sim.setFaults({ commands: [{ command: "start", match: "web$", delay: "10m" }] });
      const work = createClone({ ...ctx, signal: end.signal }, inputs);
      await until(async () => (await count("start")) === 1);
      end.abort();
      await assert.rejects(work, InitializationError);
      await sim.setFaults({});
      const { outs } = await createClone(ctx, inputs);
      assert.equal(outs.state, "Running");
      assert.equal(await count("clone"), 1);
      await assert.rejects(
        createClone(ctx, { ...inputs, owner: "urn:other" }),
        /this stack did not create it/,
      );
    }));

  it("a snapshot that cannot be deleted while the instance runs is deleted while it is stopped", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      const { outs } = await createSnapshot(ctx, { ...dev, name: "ready" });
      const text = 'Failed to get "write" lock';
      await sim.setFaults({ commands: [{ command: "delete", text }] });
      const stops = await count("stop");
      await deleteSnapshotResource(ctx, outs);
      const { state, snapshots } = (await sim.world()).instances["dev"] ?? {};
      assert.deepEqual([state, snapshots, await count("stop")], ["Running", {}, stops + 1]);
    }));

  it("two snapshots that need a stopped instance are deleted at the same time", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      const a = await createSnapshot(ctx, { ...dev, name: "a" });
      const b = await createSnapshot(ctx, { ...dev, name: "b" });
      const text = 'Failed to get "write" lock';
      const commands = [
        { command: "delete", match: "dev\\.a", text },
        { command: "delete", match: "dev\\.b", text },
        { command: "start", delay: 5 },
      ];
      await sim.setFaults({ commands });
      const first = deleteSnapshotResource(ctx, a.outs);
      await until(async () => (await sim.world()).instances["dev"]?.state === "Stopped");
      await Promise.all([first, deleteSnapshotResource(ctx, b.outs)]);
      const { state, snapshots } = (await sim.world()).instances["dev"] ?? {};
      assert.deepEqual([state, snapshots], ["Running", {}]);
      assert.equal(await count("delete"), 4);
    }));

  for (const [version, what, clones] of [
    ["1.14.1", "all of it but a clone", false],
    ["1.16.3", "all of it", true],
  ] as const) {
    it(`${what} also works with Multipass ${version}`, () =>
      onSimulatedHost({ version }, async ({ sim, ctx, multipass }) => {
        multipass("launch", "--name", "dev");
        const { outs } = await createCommand(ctx, {
          ...dev,
          create: ["sh", "-c", "echo $0; exit 2"],
          acceptedExitCodes: [2],
        });
        assert.deepEqual([outs.stdout, outs.exitCode], ["sh", 2]);
        await createFile(ctx, { ...dev, path: "/etc/x", content: "x" });
        const snapshot = await createSnapshot(ctx, { ...dev, name: "ready" });
        assert.ok(snapshot.outs.created);
        const restored = await createRestore(ctx, {
          ...dev,
          snapshot: "ready",
          trigger: 1,
          discardCurrentState: true,
        });
        assert.equal(restored.outs.restored?.snapshot, "ready");
        const setting = {
          key: "local.bridged-network",
          value: "eth0",
          owner: "urn",
          allowRunningInstances: true,
        };
        await createSetting(ctx, setting);
        const alias = await createAlias(ctx, { ...dev, name: "hi", command: "echo" });
        await deleteAlias(ctx, alias.outs);
        await deleteSnapshotResource(ctx, snapshot.outs);
        assert.deepEqual((await sim.world()).instances["dev"]?.snapshots, {});
        const mount = await createMount(ctx, { ...dev, source: tmpdir(), target: "/mnt/a" });
        assert.deepEqual(await readMount(ctx, mount.outs), mount.outs);
        await deleteMount(ctx, mount.outs);
        assert.deepEqual((await sim.world()).instances["dev"]?.mounts, {});
        const clone = createClone(ctx, { source: "dev", name: "web", owner: "urn:web" });
        if (clones) assert.equal((await clone).outs.state, "Running");
        else await assert.rejects(clone, /Install Multipass 1\.15 or newer/);
      }));
  }
});
