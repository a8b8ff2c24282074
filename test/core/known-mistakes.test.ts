import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { changesBetween } from "../../provider/core/instance/changes.ts";
import type { InstanceInputs } from "../../provider/core/instance/model.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { createInstance, readInstance, updateInstance } from "../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";

const dev: InstanceInputs = { name: "dev", owner: ownerOf("dev"), timeouts: { create: "20m" } };

async function callsOf({ sim }: SimulatedHost, command: string): Promise<string[]> {
  return (await sim.calls()).filter(({ argv }) => argv[0] === command).map(({ argv }) => argv.join(" "));
}

/** What others who drive Multipass have got wrong, each seen in a published provider. */
describe("a mistake that others have made", () => {
  it("is to fail where what is to be deleted is gone already", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await execa(subject.sim.bin, ["delete", "--purge", "dev"]);
      await subject.delete(outs);
      assert.equal(await subject.host.ledger.journal.read("dev"), undefined);
    }));

  it("is to take every deleted machine of the host away with one's own, or to leave one's own behind", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await execa(subject.sim.bin, ["launch", "--name", "other"]);
      await execa(subject.sim.bin, ["delete", "dev", "other"]);
      await subject.delete(outs);
      const { instances } = await subject.sim.world();
      assert.deepEqual([Object.keys(instances), instances["other"]?.deleted], [["other"], true]);
    }));

  it("is to force a stop with --cancel, which calls a stop off", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create(dev);
      await subject.sim.instance("dev").poke({ state: "Unknown" });
      await updateInstance(subject.context(), "dev", { ...outs, state: "Unknown" }, dev);
      assert.deepEqual(await callsOf(subject, "stop"), ["stop --force dev"]);
      assert.equal((await subject.sim.world()).instances["dev"]?.state, "Running");
    }));

  it("is to invent a syntax for mounts", () =>
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
      assert.deepEqual(read && changesBetween(read.state, inputs), []);
    }));

  it("is to lose a machine of which the daemon knows, but whose guest does not answer", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ ...dev, cpus: 1, memory: "1G", disk: "5G" });
      await subject.sim.instance("dev").poke({ sshIn: 100_000 });
      const read = await readInstance(subject.context(), "dev", outs);
      assert.deepEqual([read?.state.state, read?.state.ipAddress], ["Running", outs.ipAddress]);
    }));

  it("is to read what a launch prints for people", async function () {
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
