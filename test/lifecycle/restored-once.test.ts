/** A restore throws away what a machine has become since: one whose process was killed after it is not made again. */
import assert from "node:assert/strict";
import type { RestoreState } from "../../provider/lifecycle/restore/model.ts";
import { createRestore, forgetKnown, updateRestore } from "../../provider/lifecycle/restore/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";

const inputs = { instance: "dev", owner: "urn", snapshot: "one", trigger: 1, discardCurrentState: true };

/** A state but for the moment. */
const without = ({ restored, ...rest }: RestoreState) => ({ ...rest, trigger: restored?.trigger });

const onHost = (use: (host: SimulatedHost) => Promise<void>) =>
  onSimulatedHost({}, async (host) => {
    host.multipass("launch", "--name", "dev");
    host.multipass("stop", "dev");
    host.multipass("snapshot", "--name", "one", "dev");
    await use(host);
  });

describe("a restore of which Pulumi has not heard", () => {
  it("is not made again by the next run, nor is it by an update", () =>
    onHost(async ({ ctx, count, said }) => {
      const first = await createRestore(ctx, inputs);
      const second = await createRestore(ctx, inputs);
      assert.deepEqual(without(second.outs), without(first.outs));
      assert.match(said.join("\n"), /an interrupted run has restored instance "dev" to snapshot "one"/);
      const olds: RestoreState = { ...inputs, ready: true };
      assert.deepEqual(without((await updateRestore(ctx, first.id, olds, inputs)).outs), without(first.outs));
      assert.equal(await count("restore"), 1);
    }));

  it("is made for another trigger, another snapshot, another resource", () =>
    onHost(async ({ ctx, count, multipass }) => {
      multipass("snapshot", "--name", "two", "dev");
      await createRestore(ctx, inputs);
      for (const change of [{ trigger: 2 }, { snapshot: "two" }, { owner: "urn:another" }]) {
        const before = await count("restore");
        await createRestore(ctx, { ...inputs, ...change });
        assert.equal((await count("restore")) - before, 1, JSON.stringify(change));
      }
    }));

  it("is made again once Pulumi has heard of it, and it is asked for anew", () =>
    onHost(async ({ ctx, host, count }) => {
      const { outs } = await createRestore(ctx, inputs);
      await forgetKnown(host, outs);
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
      // What it has not heard of stays so.
      await forgetKnown(host, { ...inputs, ready: true });
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
    }));
});
