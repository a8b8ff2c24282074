import assert from "node:assert/strict";
import { join } from "node:path";
import type { CloneState } from "../../provider/core/clone/model.ts";
import { InitializationError } from "../../provider/core/context.ts";
import type { MountState } from "../../provider/core/mount/model.ts";
import type { RestoreState } from "../../provider/core/restore/model.ts";
import type { SnapshotState } from "../../provider/core/snapshot/model.ts";
import {
  createClone,
  createMount,
  createRestore,
  createSnapshot,
  diffMount,
  diffRestore,
  readClone,
  readSnapshot,
  updateClone,
  updateMount,
  updateRestore,
  updateSnapshot,
} from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";

const dev = { instance: "dev", owner: "urn" };
const clone = { source: "golden", name: "web", owner: "urn:web" };

/** The error that an operation ends with. */
const failure = <S extends object>(work: Promise<unknown>): Promise<InitializationError<S>> =>
  work.then(
    () => assert.fail("it succeeded"),
    (reason) => reason,
  );

const inputs = { ...dev, snapshot: "ready", trigger: 1, discardCurrentState: true };

/** A restore whose instance was running and does not start again. */
async function owingRestore({
  sim,
  ctx,
  multipass,
}: SimulatedHost): Promise<InitializationError<RestoreState>> {
  multipass("launch", "--name", "dev");
  await createSnapshot(ctx, { ...dev, name: "ready" });
  await sim.setFaults({ commands: [{ command: "start", text: "no KVM today", times: 9 }] });
  return failure<RestoreState>(createRestore(ctx, inputs));
}

describe("an operation that could not start its instance again", () => {
  it("a restore counts as done if its instance does not start again; the next run only starts the instance", () =>
    onSimulatedHost({}, async (subject) => {
      const { sim, ctx, count } = subject;
      const error = await owingRestore(subject);
      assert.ok(error instanceof InitializationError, String(error));
      assert.match(error.message, /was restored, but is not running again: .*no KVM today/s);
      const olds = error.outs;
      assert.equal(diffRestore(olds, inputs).changes, true);
      await sim.setFaults({});
      const outs = await updateRestore(ctx, error.id, olds, inputs);
      assert.equal(diffRestore(outs, inputs).changes, false);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      assert.equal(await count("restore"), 1);
    }));

  it("the instance is still to be started after another restore that found it stopped", () =>
    onSimulatedHost({}, async (subject) => {
      const { sim, ctx, count } = subject;
      const first = await owingRestore(subject);
      const again = { ...inputs, trigger: 2 };
      const second = await failure<RestoreState>(updateRestore(ctx, first.id, first.outs, again));
      const olds = second.outs;
      assert.deepEqual([olds.owed, olds.restored?.trigger], ["running", 2]);
      await sim.setFaults({});
      const outs = await updateRestore(ctx, first.id, olds, { ...inputs, trigger: 3 });
      assert.deepEqual([outs.owed, outs.ready, outs.restored?.trigger], [undefined, true, 3]);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      assert.equal(await count("restore"), 3);
    }));

  it("the instance is started after another restore, even if only the state says that it must be", () =>
    onSimulatedHost({}, async (subject) => {
      const { sim, ctx, multipass, count } = subject;
      const { id, outs: owing } = await owingRestore(subject);
      await ctx.multipass.intents.forget({ kind: "stop", instance: "dev" });
      await sim.setFaults({});
      const again = { ...inputs, trigger: 2 };
      const first = await updateRestore(ctx, id, owing, again);
      assert.deepEqual([first.ready, first.restored?.trigger], [true, 2]);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      // It starts even if nothing is restored, because a killed run has already done that.
      multipass("stop", "dev");
      const second = await updateRestore(ctx, id, owing, again);
      assert.deepEqual([second.ready, second.restored?.trigger], [true, 2]);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      assert.equal(await count("restore"), 2);
    }));

  for (const what of ["a restore", "a snapshot"]) {
    it(`the next run of ${what} starts the instance once a simultaneous snapshot no longer needs it stopped`, () =>
      onSimulatedHost({}, async ({ sim, ctx, multipass, count }) => {
        multipass("launch", "--name", "dev");
        await createSnapshot(ctx, { ...dev, name: "ready" });
        await sim.setFaults({ commands: [{ command: "start", text: "no KVM today", times: 9 }] });
        const inputs = { ...dev, snapshot: "ready", trigger: 1, discardCurrentState: true };
        const create = () =>
          what === "a restore" ? createRestore(ctx, inputs) : createSnapshot(ctx, { ...dev, name: "one" });
        const { id, outs } = await failure<RestoreState & SnapshotState>(create());
        await sim.setFaults({ commands: [{ command: "snapshot", delay: 10 }] });
        const snapshots = await count("snapshot");
        const taken = createSnapshot(ctx, { ...dev, name: "two" });
        await until(async () => (await count("snapshot")) > snapshots);
        if (what === "a restore") await updateRestore(ctx, id, outs, inputs);
        else await updateSnapshot(ctx, id, outs, { ...dev, name: "one" });
        assert.equal((await taken).outs.parent, what === "a restore" ? "ready" : "one");
        assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      }));
  }

  it("a clone's source that does not start again is started by the next run, without a new copy", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass, count, said }) => {
      multipass("launch", "--name", "golden");
      await sim.setFaults({ commands: [{ command: "start", match: "golden", text: "no KVM today" }] });
      const { outs } = await createClone(ctx, clone);
      assert.deepEqual([outs.state, outs.owed], ["Running", "running"]);
      assert.match(said.join("\n"), /"golden" is not running again: [\s\S]*no KVM today/);
      await sim.setFaults({});
      const updated = await updateClone(ctx, outs, clone);
      assert.equal(updated.owed, undefined);
      assert.equal((await sim.world()).instances["golden"]?.state, "Running");
      assert.equal(await count("clone"), 1);
    }));

  it("a native mount exists; the next run only starts the instance", () =>
    onSimulatedHost({}, async ({ sim, ctx, dir, multipass, count }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ commands: [{ command: "start", text: "no KVM today", times: 9 }] });
      const inputs = { ...dev, source: dir, target: "/mnt/a", type: "native" as const };
      const error = await failure<MountState>(createMount(ctx, inputs));
      assert.ok(error instanceof InitializationError, String(error));
      assert.match(
        error.message,
        /\/mnt\/a is mounted, but instance "dev" is not running again: .*no KVM today/s,
      );
      const olds = error.outs;
      assert.equal(diffMount(olds, inputs).changes, true);
      await sim.setFaults({});
      const outs = await updateMount(ctx, olds, inputs);
      assert.equal(diffMount(outs, inputs).changes, false);
      assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      assert.equal(await count("mount"), 1);
      // Changing the mount stops the instance once.
      const stops = await count("stop");
      await updateMount(ctx, outs, { ...inputs, source: join(dir, "..") });
      assert.equal((await count("stop")) - stops, 1);
    }));
});

describe("changes made by others", () => {
  it("a copy that is gone is read as gone, and an update says so", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "golden");
      multipass("stop", "golden");
      const { outs } = await createClone(ctx, clone);
      multipass("delete", "--purge", "web");
      await assert.rejects(updateClone(ctx, outs, clone), /does not exist any more[\s\S]*pulumi refresh/);
      assert.equal(await readClone(ctx, outs), undefined);
      // No record is left that the next create would continue.
      assert.equal(await ctx.multipass.ledger.entryOf("web"), undefined);
    }));

  it("a copy's name taken by others is refused, and adopted with `adopt`", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count, said }) => {
      multipass("launch", "--name", "golden");
      multipass("launch", "--name", "web");
      await assert.rejects(createClone(ctx, clone), /this stack did not create it/);
      const { outs }: { outs: CloneState } = await createClone(ctx, { ...clone, adopt: true });
      assert.equal(outs.state, "Running");
      assert.match(said.join("\n"), /adopted the existing instance "web"/);
      assert.equal(await count("clone"), 0);
    }));

  it("a snapshot's name taken by others is refused, and adopted with `adopt` and the requested comment", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      multipass("stop", "dev");
      multipass("snapshot", "dev", "--name", "ready", "--comment", "by hand");
      const inputs = { ...dev, name: "ready", comment: "by Pulumi" };
      await assert.rejects(createSnapshot(ctx, inputs), /this stack did not take it[\s\S]*adopt: true/);
      const { outs } = await createSnapshot(ctx, { ...inputs, adopt: true });
      assert.equal(outs.comment, "by Pulumi");
      assert.equal(await count("snapshot"), 1);
    }));

  it("a snapshot that is gone is read as gone, and an update says so", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      const inputs = { ...dev, name: "ready" };
      const { outs } = await createSnapshot(ctx, inputs);
      multipass("delete", "--purge", "dev.ready");
      assert.equal(await readSnapshot(ctx, outs), undefined);
      await assert.rejects(updateSnapshot(ctx, "dev.ready", outs, inputs), /"dev\.ready" no longer exists/);
      multipass("delete", "--purge", "dev");
      assert.equal(await readSnapshot(ctx, outs), undefined);
    }));
});
