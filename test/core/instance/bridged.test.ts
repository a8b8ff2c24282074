import assert from "node:assert/strict";
import { execa } from "execa";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { readInstance, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

const plain = { name: "dev", timeouts: { create: "20m" } };
const bridged: InstanceInputs = { name: "dev", owner: ownerOf("dev"), bridged: true };

const multipass = ({ sim }: SimulatedHost, ...args: string[]) => execa(sim.bin, args);

/** Changing a `local.` key ends the daemon; a service manager would start it again. */
async function bridgeTo(subject: SimulatedHost, network: string) {
  await multipass(subject, "set", `local.bridged-network=${network}`);
  await subject.sim.startDaemon();
}

describe("a bridge", () => {
  it("removed by a restored snapshot is noticed and attached again", () =>
    onSimulatedHost({}, async (subject) => {
      await bridgeTo(subject, "eth0");
      const { outs } = await subject.create({ name: "dev" });
      await multipass(subject, "stop", "dev");
      await multipass(subject, "snapshot", "dev");
      const updated = await updateInstance(subject.context(), "dev", outs, bridged);
      assert.deepEqual([updated.bridged, updated.state], [true, "Running"]);

      await multipass(subject, "stop", "dev");
      await multipass(subject, "restore", "--destructive", "dev.snapshot1");
      await multipass(subject, "start", "dev");
      const read = await readInstance(subject.context(), "dev", updated);
      assert.ok(read);
      assert.deepEqual([read.outs.bridged, read.inputs.bridged], [false, false]);
      assert.deepEqual(changesBetween(read.outs, bridged), { bridged: "restart" });

      await updateInstance(subject.context(), "dev", read.outs, bridged);
      assert.equal((await multipass(subject, "get", "local.dev.bridged")).stdout, "true");
    }));

  it("is assumed unchanged if Multipass cannot tell: without `local.bridged-network`", () =>
    onSimulatedHost({}, async (subject) => {
      await bridgeTo(subject, "eth0");
      const { outs } = await subject.create({ name: "dev", bridged: true });
      await bridgeTo(subject, "");
      const read = await readInstance(subject.context(), "dev", outs);
      assert.equal(read?.outs.bridged, true);
      // It does not prevent other changes either.
      const updated = await updateInstance(subject.context(), "dev", outs, { ...bridged, cpus: 3 });
      assert.deepEqual([updated.cpus, updated.bridged], [3, true]);
    }));

  it("is only checked if the program sets it: no instance is replaced because somebody added one", () =>
    onSimulatedHost({}, async (subject) => {
      await bridgeTo(subject, "eth0");
      const { outs } = await subject.create(plain);
      await multipass(subject, "stop", "dev");
      await multipass(subject, "set", "local.dev.bridged=true");
      await multipass(subject, "start", "dev");
      const read = await readInstance(subject.context(), "dev", outs);
      assert.ok(read);
      assert.deepEqual(changesBetween(read.outs, { ...plain, owner: ownerOf("dev") }), {});
      const asked = (await subject.callsOf("dev")).map(({ argv }) => argv.join(" "));
      assert.ok(!asked.includes("get --raw local.dev.bridged"));
    }));
});
