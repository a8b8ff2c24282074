import assert from "node:assert/strict";
import { execa } from "execa";
import type { InstanceInputs } from "../../provider/lifecycle/instance/model.ts";
import { applyMounts, applySizes } from "../../provider/lifecycle/instance/modify.ts";
import { Deadline } from "../../provider/readiness/clock.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";

const inputs = (more: Partial<InstanceInputs>): InstanceInputs => ({
  name: "dev",
  owner: ownerOf("dev"),
  ...more,
});
const call = (subject: SimulatedHost) => {
  const ctx = subject.context();
  return [ctx, new Deadline(ctx.clock, 600_000)] as const;
};

describe("the size of a machine that others have changed meanwhile", () => {
  it("is refused where a disk would have to shrink, before the machine is stopped for nothing", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev", disk: "5G" });
      await subject.sim.instance("dev").poke({ disk: 8 * 1024 ** 3 });
      const [ctx, deadline] = call(subject);
      await assert.rejects(
        applySizes(ctx, inputs({ cpus: 4, disk: "5G" }), deadline),
        /it has 8\.0GiB, and a disk cannot shrink to 5G/,
      );
      assert.equal((await subject.sim.world()).instances["dev"]?.boots, 1);
    }));

  it("is refused where the machine must not be restarted", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev", cpus: 1 });
      const [ctx, deadline] = call(subject);
      await assert.rejects(
        applySizes(ctx, inputs({ cpus: 2, allowRestart: false }), deadline),
        /the instance is Running, and `allowRestart` is false[\s\S]*multipass stop dev/,
      );
    }));

  for (const state of ["Suspended", "Unknown"] as const) {
    it(`is changed in one that is ${state}, too`, () =>
      onSimulatedHost({}, async (subject) => {
        await subject.create({ name: "dev", cpus: 1 });
        await subject.sim.instance("dev").poke({ state });
        const [ctx, deadline] = call(subject);
        await applySizes(ctx, inputs({ cpus: 2 }), deadline);
        const { cpus, state: now } = (await subject.sim.world()).instances["dev"] ?? {};
        assert.deepEqual([cpus, now], [2, "Stopped"]);
      }));
  }
});

describe("the mounts of a machine that others have changed meanwhile", () => {
  it("are those that are asked for, also in the primary instance, where Multipass mounts the home folder", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "primary", mounts: [] });
      assert.deepEqual(outs.mounts, []);
      assert.deepEqual((await subject.sim.world()).instances["primary"]?.mounts, {});
    }));

  it("are what is asked for in the end, also where they come and go at the same time", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      const mounts = [{ source: subject.dir, target: "/mnt/a" }];
      const [ctx, deadline] = call(subject);
      assert.equal(await applyMounts(ctx, inputs({ mounts }), {}, deadline), true);
      assert.equal(await applyMounts(ctx, inputs({ mounts }), { known: mounts }, deadline), false);
      await subject.sim.setFaults({
        commands: [{ command: "umount", text: `path "/mnt/a" is not mounted in 'dev'`, times: 1 }],
      });
      await applyMounts(ctx, inputs({ mounts: [] }), { known: mounts }, deadline);
      await subject.sim.setFaults({
        commands: [{ command: "mount", text: `"/mnt/b" is already mounted in 'dev'`, times: 1 }],
      });
      const other = [{ source: subject.dir, target: "/mnt/b" }];
      assert.equal(await applyMounts(ctx, inputs({ mounts: other }), { known: mounts }, deadline), true);
    }));

  it("are refused where a native one would need a restart that is not allowed", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      const mounts = [{ source: subject.dir, target: "/mnt/a", type: "native" as const }];
      const [ctx, deadline] = call(subject);
      await assert.rejects(
        applyMounts(ctx, inputs({ mounts, allowRestart: false }), {}, deadline),
        /native mounts need a stopped instance[\s\S]*classic mounts/,
      );
      await execa(subject.sim.bin, ["stop", "dev"]);
      assert.equal(await applyMounts(ctx, inputs({ mounts, allowRestart: false }), {}, deadline), true);
    }));
});
