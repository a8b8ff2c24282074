/**
 * A snapshot must be in the state whatever happens after it was taken. Otherwise the next run would treat it
 * as somebody else's.
 */
import assert from "node:assert/strict";
import { InitializationError } from "../../../provider/core/context.ts";
import type { SnapshotState } from "../../../provider/core/snapshot/model.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import type { FaultPlan } from "../../../simulator/src/index.ts";
import { createSnapshot, diffSnapshot, readSnapshot, updateSnapshot } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";

const inputs = { instance: "dev", name: "ready", comment: "as delivered", owner: "urn:dev" };

async function failed(work: Promise<unknown>): Promise<InitializationError<SnapshotState>> {
  const error = await work.then(
    () => assert.fail("it succeeded"),
    (reason) => reason,
  );
  assert.ok(error instanceof InitializationError, String(error));
  return error;
}

/** The next run finishes the work that the state lists, and takes no new snapshot. */
async function assertFinished(
  { sim, ctx, count }: SimulatedHost,
  error: InitializationError<SnapshotState>,
): Promise<void> {
  await sim.setFaults({});
  const olds = error.outs;
  assert.equal(error.id, "dev.ready");
  assert.equal(olds.ready, false);
  assert.equal(diffSnapshot(olds, inputs).changes, true);
  assert.equal((await readSnapshot(ctx, olds))?.comment, "as delivered");
  const outs = await updateSnapshot(ctx, error.id, olds, inputs);
  assert.ok(outs.created, "nobody knows when it was taken");
  assert.equal(diffSnapshot(outs, inputs).changes, false);
  assert.equal((await sim.world()).instances["dev"]?.state, "Running");
  assert.equal(await count("snapshot"), 1);
}

/** Polls the world in real time until a condition is true. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
}

describe("a snapshot that was taken is kept", () => {
  const isTaken = ({ sim }: SimulatedHost) =>
    until(async () => "ready" in ((await sim.world()).instances["dev"]?.snapshots ?? {}));

  const faults: [what: string, plan: FaultPlan, args: object, says: RegExp, owed: string | undefined][] = [
    [
      "when starting the instance again uses up all the time",
      { commands: [{ command: "start", text: "timed out waiting for response", times: 999 }] },
      { timeouts: { create: "5m" } },
      /was taken, but the instance is not running again: .*timed out waiting for response/s,
      "running",
    ],
    [
      "when its creation time cannot be read",
      { commands: [{ command: "info", match: "dev\\.ready", text: "the moon is in the wrong phase" }] },
      {},
      /"dev\.ready" was taken, but .*the moon is in the wrong phase/s,
      undefined,
    ],
  ];
  for (const [what, plan, args, says, owed] of faults) {
    it(what, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        await host.sim.setFaults(plan);
        const error = await failed(createSnapshot(host.ctx, { ...inputs, ...args }));
        assert.match(error.message, says);
        assert.equal(error.outs["owed"], owed);
        await assertFinished(host, error);
      }),
    );
  }

  it("when this process is told to end while the instance starts again", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      await host.sim.setFaults({ commands: [{ command: "start", delay: 1 }] });
      const end = new AbortController();
      const work = failed(createSnapshot({ ...host.ctx, signal: end.signal }, inputs));
      await isTaken(host);
      end.abort();
      await assertFinished(host, await work);
    }));

  it("when this process is told to end before it hears that the snapshot was taken", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      await host.sim.setFaults({ commands: [{ command: "snapshot", delay: 1, blocking: true }] });
      const end = new AbortController();
      const work = failed(createSnapshot({ ...host.ctx, signal: end.signal }, inputs));
      await until(async () => (await host.count("snapshot")) > 0);
      end.abort();
      await assertFinished(host, await work);
    }));

  it("but not if somebody else has taken it meanwhile", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ commands: [{ command: "snapshot", match: "as delivered", delay: 2 }] });
      const work = assert.rejects(createSnapshot(ctx, inputs), (error) =>
        isMultipassError(error, "snapshot-exists"),
      );
      await until(async () => (await sim.world()).instances["dev"]?.state === "Stopped");
      multipass("snapshot", "dev", "--name", "ready", "--comment", "by hand");
      await work;
    }));
});
