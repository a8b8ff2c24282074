import assert from "node:assert/strict";
import { execa } from "execa";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { applyMounts, applySizes } from "../../../provider/core/instance/modify.ts";
import { operationFor } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";

const inputs = (more: Partial<InstanceInputs>): InstanceInputs => ({
  name: "dev",
  owner: ownerOf("dev"),
  ...more,
});

describe("the size of an instance that others have changed", () => {
  it("is refused if a disk would have to shrink, before the instance is stopped for nothing", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev", disk: "5G" });
      await subject.sim.instance("dev").poke({ disk: 8 * 1024 ** 3 });
      const op = operationFor(600_000, subject.context());
      await assert.rejects(
        applySizes(op, inputs({ cpus: 4, disk: "5G" })),
        /disk cannot shrink from 8\.0GiB to 5G/,
      );
      assert.equal((await subject.sim.world()).instances["dev"]?.boots, 1);
    }));

  it("is refused if the instance must not be restarted", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev", cpus: 1 });
      const op = operationFor(600_000, subject.context());
      await assert.rejects(
        applySizes(op, inputs({ cpus: 2, allowRestart: false })),
        /can change only with a restart of the instance, and `allowRestart` is false[\s\S]*`powerState: "stopped"`/,
      );
    }));

  for (const state of ["Suspended", "Unknown"] as const) {
    it(`is also changed in an instance that is ${state}`, () =>
      onSimulatedHost({}, async (subject) => {
        await subject.create({ name: "dev", cpus: 1 });
        await subject.sim.instance("dev").poke({ state });
        const op = operationFor(600_000, subject.context());
        await applySizes(op, inputs({ cpus: 2 }));
        const { cpus, state: now } = (await subject.sim.world()).instances["dev"] ?? {};
        assert.deepEqual([cpus, now], [2, "Stopped"]);
      }));
  }
});

describe("the mounts of an instance that others have changed", () => {
  it("become those requested, even in the primary instance, where Multipass mounts the home folder", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "primary", mounts: [] });
      assert.deepEqual(outs.mounts, []);
      assert.deepEqual((await subject.sim.world()).instances["primary"]?.mounts, {});
    }));

  it("become those requested, even if others come and go at the same time", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      const mounts = [{ source: subject.dir, target: "/mnt/a" }];
      const op = operationFor(600_000, subject.context());
      assert.equal(await applyMounts(op, inputs({ mounts }), {}), true);
      assert.equal(await applyMounts(op, inputs({ mounts }), { known: mounts }), false);
      await subject.sim.setFaults({
        commands: [{ command: "umount", text: `path "/mnt/a" is not mounted in 'dev'`, times: 1 }],
      });
      await applyMounts(op, inputs({ mounts: [] }), { known: mounts });
      await subject.sim.setFaults({
        commands: [{ command: "mount", text: `"/mnt/b" is already mounted in 'dev'`, times: 1 }],
      });
      const other = [{ source: subject.dir, target: "/mnt/b" }];
      assert.equal(await applyMounts(op, inputs({ mounts: other }), { known: mounts }), true);
    }));

  it("are refused if a native one would need a forbidden restart", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      const mounts = [{ source: subject.dir, target: "/mnt/a", type: "native" as const }];
      const op = operationFor(600_000, subject.context());
      await assert.rejects(
        applyMounts(op, inputs({ mounts, allowRestart: false }), {}),
        /mounts can change only with a restart[\s\S]*classic mounts/,
      );
      await execa(subject.sim.bin, ["stop", "dev"]);
      assert.equal(await applyMounts(op, inputs({ mounts, allowRestart: false }), {}), true);
    }));
});
