/** A clone that was not finished, cannot be made as requested, or must be removed. */
import assert from "node:assert/strict";
import type { CloneState } from "../../../provider/core/clone/model.ts";
import { checkClone } from "../../../provider/core/clone/resource.ts";
import { InitializationError } from "../../../provider/core/context.ts";
import { createClone, deleteClone, readClone, updateClone } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const clone = { source: "golden", name: "web", owner: "urn:web" };

/** A copy that the daemon continues after its client has ended. */
async function cutOff({ sim, context, count }: SimulatedHost): Promise<Error> {
  await sim.setFaults({ commands: [{ command: "clone", delay: 20 }] });
  const end = new AbortController();
  const work = createClone(context(end.signal), clone).catch((error) => error);
  await until(async () => (await count("clone")) > 0);
  end.abort();
  const error = await work;
  assert.ok(error instanceof Error);
  return error;
}

describe("a clone", function () {
  this.timeout(120_000);

  it("whose create was cut off during the copy is in the state, so that a destroy removes it", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "golden");
      host.multipass("stop", "golden");
      const error = await cutOff(host);
      await until(async () => "web" in (await host.sim.world()).instances);
      assert.ok(error instanceof InitializationError, String(error));
      assert.match(error.message, /^Unable to clone instance "golden" to "web"/);
      await deleteClone(host.ctx, error.outs);
      assert.deepEqual(Object.keys((await host.sim.world()).instances), ["golden"]);
    }));

  it("whose create was cut off and left its source stopped starts the source again when it continues", () =>
    onSimulatedHost({}, async (host) => {
      const { sim, ctx, multipass, count } = host;
      multipass("launch", "--name", "golden");
      await sim.setFaults({
        commands: [
          { command: "clone", delay: 20 },
          { command: "start", text: "no KVM today", times: 9 },
        ],
      });
      const end = new AbortController();
      const work = createClone(host.context(end.signal), clone).catch((error) => error);
      await until(async () => (await count("clone")) > 0);
      end.abort();
      const { outs } = (await work) as InitializationError<CloneState>;
      await until(async () => "web" in (await sim.world()).instances);
      assert.equal((await sim.world()).instances["golden"]?.state, "Stopped");
      const stillFails = await updateClone(ctx, outs, clone).catch((error) => error);
      assert.equal(stillFails.outs.owed, "running");
      await sim.setFaults({});
      const updated = await updateClone(ctx, stillFails.outs, clone);
      assert.deepEqual([updated.ready, updated.owed], [true, undefined]);
      assert.equal((await sim.world()).instances["golden"]?.state, "Running");
      assert.equal(await count("clone"), 1);
    }));

  it("that never appeared is requested again by the next run", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "golden");
      host.multipass("stop", "golden");
      await host.sim.setFaults({ commands: [{ command: "clone", delay: 10, text: "the disk is full" }] });
      const end = new AbortController();
      const work = createClone(host.context(end.signal), clone).catch((error) => error);
      await until(async () => (await host.count("clone")) > 0);
      end.abort();
      const { outs } = (await work) as InitializationError<CloneState>;
      await host.sim.setFaults({});
      const updated = await updateClone(host.ctx, outs, clone);
      assert.equal(updated.ready, true);
      assert.deepEqual(Object.keys((await host.sim.world()).instances).sort(), ["golden", "web"]);
    }));

  it("whose create was cut off is claimed even if the copy appears only while the next create asks for it", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "golden");
      host.multipass("stop", "golden");
      await cutOff(host);
      await host.sim.setFaults({ commands: [{ command: "clone", delay: 30 }] });
      const { outs } = await createClone(host.ctx, clone);
      assert.equal(outs.ready, true);
      assert.equal((await host.ctx.multipass.ledger.entryOf("web"))?.owner, clone.owner);
    }));

  it("cannot be replaced under a name that a kept one would still have, and says so before anything changes", () => {
    const olds = { ...clone, deletionPolicy: "keep" as const };
    assert.equal(checkClone(olds, { ...olds, source: "silver" }).failures.length, 1);
  });

  it("with a smaller disk than its source is refused before the copy", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      multipass("launch", "--name", "golden", "--disk", "10G");
      multipass("stop", "golden");
      await assert.rejects(createClone(ctx, { ...clone, disk: "5G" }), /cannot shrink/);
      assert.equal(await count("clone"), 0);
    }));
});

describe("a clone that is kept", () => {
  it("is powered off if it does not answer, without waiting for its shutdown", () =>
    onSimulatedHost({}, async ({ sim, ctx, multipass }) => {
      multipass("launch", "--name", "golden");
      multipass("stop", "golden");
      const { outs } = await createClone(ctx, clone);
      await sim.instance("web").poke({ state: "Unknown" });
      await deleteClone(ctx, { ...outs, deletionPolicy: "keep", timeouts: { delete: "4m" } });
      assert.equal((await sim.world()).instances["web"]?.deleted, true);
    }));
});

describe("a clone whose name now belongs to another resource", () => {
  it("counts as gone, and its removal leaves the other one alone", () =>
    onSimulatedHost({}, async ({ ctx, sim, multipass, said }) => {
      multipass("launch", "--name", "golden");
      multipass("stop", "golden");
      const { outs } = await createClone(ctx, clone);
      await createClone(ctx, { ...clone, owner: "urn:another", adopt: true });
      assert.equal(await readClone(ctx, outs), undefined);
      await deleteClone(ctx, outs);
      assert.ok("web" in (await sim.world()).instances);
      assert.match(said.join("\n"), /leaving instance "web" alone: urn:another owns it now/);
    }));
});
