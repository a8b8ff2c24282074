/** A snapshot whose update was cut off after the rename, before Pulumi knew about it. */
import assert from "node:assert/strict";
import type { SnapshotState } from "../../../provider/core/snapshot/model.ts";
import {
  createSnapshot,
  deleteSnapshotResource,
  diffSnapshot,
  readSnapshot,
  updateSnapshot,
} from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";

const one = { instance: "dev", name: "one", owner: "urn" };
const two = { ...one, name: "two" };

const snapshotsOf = async ({ sim }: SimulatedHost) =>
  Object.keys((await sim.world()).instances["dev"]?.snapshots ?? {});

/** @returns the state that Pulumi still has */
async function renamed({ ctx, multipass }: SimulatedHost): Promise<SnapshotState> {
  multipass("launch", "--name", "dev");
  const { outs } = await createSnapshot(ctx, one);
  await updateSnapshot(ctx, "dev.one", outs, two);
  return outs;
}

describe("a snapshot that was renamed by an update that was cut off", () => {
  it("is found by a refresh", () =>
    onSimulatedHost({}, async (host) => {
      const read = await readSnapshot(host.ctx, await renamed(host));
      assert.ok(read);
      assert.equal(diffSnapshot(read, two).changes, false);
    }));

  it("is deleted by a destroy", () =>
    onSimulatedHost({}, async (host) => {
      await deleteSnapshotResource(host.ctx, await renamed(host));
      assert.deepEqual(await snapshotsOf(host), []);
    }));

  for (const deletionPolicy of ["purge", "keep"] as const) {
    it(`belongs to nobody under either name once Pulumi has released it: ${deletionPolicy}`, () =>
      onSimulatedHost({}, async (host) => {
        const { ctx, multipass } = host;
        await deleteSnapshotResource(ctx, { ...(await renamed(host)), deletionPolicy });
        multipass("stop", "dev");
        for (const { name } of [one, two]) {
          if (!(await snapshotsOf(host)).includes(name)) multipass("snapshot", "dev", "--name", name);
          await assert.rejects(createSnapshot(ctx, { ...one, name }), /this stack did not take it/);
        }
      }));
  }

  it("is not confused with one that somebody else has taken under that name", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, multipass } = host;
      multipass("launch", "--name", "dev");
      const { outs } = await createSnapshot(ctx, one);
      multipass("stop", "dev");
      multipass("snapshot", "dev", "--name", "two");
      await assert.rejects(updateSnapshot(ctx, "dev.one", outs, two), /two/);
      multipass("delete", "--purge", "dev.one");
      assert.equal(await readSnapshot(ctx, outs), undefined);
      await deleteSnapshotResource(ctx, outs);
      assert.deepEqual(await snapshotsOf(host), ["two"]);
    }));
});
