/** How resources recover from a restore that undid them, through the operations that Pulumi calls. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { multipassOf } from "../../provider/core/multipass.ts";
import { resources } from "../../provider/core/resources.ts";
import { noteRestored } from "../../provider/core/restored.ts";
import { Run } from "../../provider/core/run.ts";
import { coreRun } from "../support/core-run.ts";
import { inThisProcess, onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";

const { Command: command, File: file, Instance: instance, Mount: mount, Restore: restore } = resources;

const urn = (type: string) => `urn:pulumi:test::test::pulumi-nodejs:dynamic/multipass:${type}::the-${type}`;

describe("a resource undone by a restore", () => {
  let putBack = () => {};
  afterEach(() => putBack());

  /**
   * An instance with a mount, a file and a command, and a snapshot of it; then all but the command changed.
   */
  async function changedSinceSnapshot(subject: SimulatedHost) {
    const { sim, dir, multipass } = subject;
    putBack = inThisProcess(subject);
    const said: string[] = [];
    const run = coreRun(said);
    const of = <T extends object>(type: string, args: T) => ({
      ...args,
      owner: urn(type),
      multipassPath: sim.bin,
    });
    const folder = (name: string) => {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, `${name}.txt`), "");
      return join(dir, name);
    };
    const vmInputs = (cpus: number) => of("Instance", { name: "vm", cpus });
    const mountInputs = (source: string) =>
      of("Mount", { instance: "vm", source, target: "/data", type: "classic" as const });
    const fileInputs = (content: string) => of("File", { instance: "vm", path: "/home/ubuntu/f", content });
    const before = {
      vm: (await instance.create(run, vmInputs(1))).outs,
      mount: (await mount.create(run, mountInputs(folder("before")))).outs,
      file: (await file.create(run, fileInputs("before"))).outs,
    };
    const commandInputs = of("Command", { instance: "vm", create: ["touch", "/home/ubuntu/made"] });
    const ran = (await command.create(run, commandInputs)).outs;
    multipass("stop", "vm");
    multipass("snapshot", "vm", "--name", "s");
    multipass("start", "vm");
    const inputs = { vm: vmInputs(2), mount: mountInputs(folder("after")), file: fileInputs("after") };
    const states = {
      vm: (await instance.update(run, "vm", before.vm, inputs.vm)).outs,
      mount: (await mount.update(run, "", before.mount, inputs.mount)).outs,
      file: (await file.update(run, "", before.file, inputs.file)).outs,
    };
    return {
      run,
      said,
      inputs,
      states,
      restore: of("Restore", { instance: "vm", snapshot: "s", trigger: 1, discardCurrentState: true }),
      host: multipassOf(sim.bin),
      diffs: async () => [
        (await instance.diff(run, "vm", states.vm, inputs.vm)).changes,
        (await mount.diff(run, "", states.mount, inputs.mount)).changes,
        (await file.diff(run, "", states.file, inputs.file)).changes,
      ],
      diffOfCommand: async (inRun = run) => (await command.diff(inRun, "", ran, commandInputs)).changes,
      inGuest: async () => [
        (await sim.world()).instances["vm"]?.cpus,
        multipass("exec", "vm", "--", "bash", "-c", "ls /data 2>/dev/null || true"),
        multipass("exec", "vm", "--", "cat", "/home/ubuntu/f"),
      ],
    };
  }

  const AFTER = [2, "after.txt\n", "after"];

  it("is put back by the restore if the run handled the resource before", () =>
    onSimulatedHost({}, async (subject) => {
      const { run, said, restore: inputs, diffs, inGuest } = await changedSinceSnapshot(subject);
      await restore.create(run, inputs);
      assert.deepEqual(await inGuest(), AFTER);
      assert.deepEqual(await diffs(), [false, false, false]);
      assert.match(said.join(""), /has undone whatever Command "the-Command" did[\s\S]*`triggers`/);
      assert.match(said.join(""), /put back File "the-File", which the restore had undone/);
    }));

  it("is put back by the resource itself if it comes later, in this run or another; previews only warn", () =>
    onSimulatedHost({}, async (subject) => {
      const { run, said, inputs, states, host, diffs, diffOfCommand, inGuest } =
        await changedSinceSnapshot(subject);
      // As if another process had restored it, which has seen none of the resources.
      subject.multipass("stop", "vm");
      subject.multipass("restore", "--destructive", "vm.s");
      subject.multipass("start", "vm");
      await noteRestored(host, "vm");
      assert.deepEqual(await inGuest(), [1, "", "before"]);
      assert.deepEqual(await diffs(), [true, true, true]);
      await instance.update(run, "vm", states.vm, inputs.vm);
      await mount.update(run, "", states.mount, inputs.mount);
      await file.update(run, "", states.file, inputs.file);
      assert.deepEqual(await inGuest(), AFTER);
      assert.deepEqual(await diffs(), [false, false, false]);
      const warningIn = async (said: string[], inRun = coreRun(said)) => {
        assert.equal(await diffOfCommand(inRun), false);
        return said.filter((one) => /undone whatever this command did/.test(one)).length;
      };
      for (const preview of ["first", "second"]) assert.equal(await warningIn([]), 1, `${preview} preview`);
      assert.equal(await warningIn(said, run), 1);
      assert.equal(await warningIn(said, run), 1);
      assert.equal(await warningIn([]), 0);
    }));

  it("has warned by the end of the diff, after which the engine may end the process", () =>
    onSimulatedHost({}, async (subject) => {
      const { host, diffOfCommand } = await changedSinceSnapshot(subject);
      await noteRestored(host, "vm");
      const delivered: string[] = [];
      const log = () => {
        let sent = Promise.resolve();
        const say = (message: string) => {
          sent = delay(50).then(() => void delivered.push(message));
        };
        return { status: () => undefined, info: say, warn: say, delivered: () => sent };
      };
      await diffOfCommand(new Run({ ...coreRun().door, log }));
      assert.match(delivered.join(""), /undone whatever this command did/);
    }));

  it("waits for an instance that does not run, without failing the update", () =>
    onSimulatedHost({}, async (subject) => {
      const { run, inputs, states, host } = await changedSinceSnapshot(subject);
      subject.multipass("stop", "vm");
      await noteRestored(host, "vm");
      const { outs } = await file.update(run, "", states.file, inputs.file);
      assert.equal(outs.sha256, states.file.sha256);
      assert.equal((await file.diff(run, "", outs, inputs.file)).changes, true);
    }));
});
