import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { createInstance, readInstance, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

const dev: InstanceInputs = { name: "dev", owner: ownerOf("dev"), timeouts: { create: "20m" } };

async function callsOf({ sim }: SimulatedHost, command: string): Promise<string[]> {
  return (await sim.calls()).filter(({ argv }) => argv[0] === command).map(({ argv }) => argv.join(" "));
}

/** Mistakes in driving Multipass, each seen in a published provider. */
describe("a known mistake of other providers is avoided: the lifecycle", () => {
  it("succeeds in deleting what is already gone", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await execa(subject.sim.bin, ["delete", "--purge", "dev"]);
      await subject.delete(outs);
      assert.equal(await subject.journal.read("dev"), undefined);
    }));

  it("purges its own deleted instance and no other", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await execa(subject.sim.bin, ["launch", "--name", "other"]);
      await execa(subject.sim.bin, ["delete", "dev", "other"]);
      await subject.delete(outs);
      const { instances } = await subject.sim.world();
      assert.deepEqual([Object.keys(instances), instances["other"]?.deleted], [["other"], true]);
    }));

  it("forces a stop without --cancel, which cancels a delayed shutdown", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await subject.sim.instance("dev").poke({ state: "Unknown" });
      await updateInstance(subject.context(), "dev", { ...outs, state: "Unknown" }, dev);
      assert.deepEqual(await callsOf(subject, "stop"), ["stop --force dev"]);
      assert.equal((await subject.sim.world()).instances["dev"]?.state, "Running");
    }));

  it("passes mounts as `--type … -- SOURCE INSTANCE:TARGET`", () =>
    onSimulatedHost({}, async (subject) => {
      const mount = { source: subject.dir, target: "/work", type: "classic" as const };
      const inputs = {
        ...dev,
        mounts: [{ ...mount, uidMappings: ["1000:0"], gidMappings: ["1000:default"] }],
      };
      const { outs } = await subject.create(inputs);
      assert.deepEqual(await callsOf(subject, "mount"), [
        `mount --type classic --uid-map 1000:0 --gid-map 1000:default -- ${subject.dir} dev:/work`,
      ]);
      const read = await readInstance(subject.context(), "dev", outs);
      assert.deepEqual(read && changesBetween(read.outs, inputs), {});
    }));

  it("keeps an instance that the daemon knows but whose guest does not answer", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ ...dev, cpus: 1, memory: "1G", disk: "5G" });
      await subject.sim.instance("dev").poke({ sshIn: 100_000 });
      const read = await readInstance(subject.context(), "dev", outs);
      assert.deepEqual([read?.outs.state, read?.outs.ipAddress], ["Running", outs.ipAddress]);
    }));

  it("does not parse the text that a launch prints for people", async function () {
    if (process.platform === "win32") this.skip();
    await onSimulatedHost({}, async (subject) => {
      const client = join(subject.dir, "multipass");
      const translated = `#!/bin/sh\n'${subject.sim.bin}' "$@" | sed 's/^.*Launched: /Ready now: /'\n`;
      writeFileSync(client, translated, { mode: 0o755 });
      const multipass = { ...newMultipass(client, subject.context().clock), ledger: subject.host.ledger };
      const { outs } = await createInstance({ ...subject.context(), multipass }, dev);
      assert.equal(outs.state, "Running");
      assert.equal((await callsOf(subject, "launch")).length, 1);
    });
  });
});
