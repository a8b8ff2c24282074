import assert from "node:assert/strict";
import { execa } from "execa";
import type { InstanceState } from "../../provider/core/instance/model.ts";
import { wasSeen } from "../../provider/core/instance/ownership.ts";
import type { SimulatorOptions } from "../../simulator/src/index.ts";
import {
  createClone,
  createInstance,
  createRestore,
  createSnapshot,
  deleteClone,
  readInstance,
  updateInstance,
} from "../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";

/** What a create that was cut off has left in Pulumi's state. */
const unfinished: InstanceState = {
  name: "dev",
  owner: ownerOf("dev"),
  state: "Unknown",
  ready: false,
  ipAddress: "",
  ipv4: [],
  release: "",
  imageRelease: "",
  imageHash: "",
  snapshotCount: 0,
  multipassVersion: "",
  specified: [],
};

const FAILING: SimulatorOptions = { faults: { guest: { cloudInit: "error", cloudInitErrors: ["no"] } } };

/** The state that a create leaves which fails. */
async function unfinishedBy(create: Promise<unknown>): Promise<InstanceState> {
  const error: unknown = await create.then(
    () => assert.fail("the create has not failed"),
    (reason) => reason,
  );
  return (error as { outs: InstanceState }).outs;
}

/** A create that fails, and the one of its replacement, which goes on with the same machine. */
async function replaced({ sim, create }: SimulatedHost) {
  const first = await unfinishedBy(create({ name: "dev" }));
  await sim.setFaults({});
  return { first, outs: (await create({ name: "dev" })).outs };
}

describe("a delete", () => {
  it("forgets what was done to the machine: of one that is made anew under its name none of it is true", () =>
    onSimulatedHost({}, async ({ ctx, host, multipass, create, delete: remove }) => {
      const notes = async () =>
        [
          ...(await host.intents.ofOwner("restore", "urn")),
          ...(await host.intents.ofOwner("snapshot", "urn")),
        ].map(({ kind, instance }) => `${kind} of ${instance}`);
      const work = async (instance: string) => {
        const within = { instance, owner: "urn" };
        await createSnapshot(ctx, { ...within, name: "one" });
        await createRestore(ctx, { ...within, snapshot: "one", trigger: 1, discardCurrentState: true });
      };
      const { outs } = await create({ name: "dev" });
      await work("dev");
      multipass("stop", "dev");
      const copy = await createClone(ctx, { source: "dev", name: "web", owner: "urn:web" });
      await work("web");
      assert.equal((await notes()).length, 4);
      await remove(outs);
      assert.deepEqual(await notes(), ["restore of web", "snapshot of web"]);
      await deleteClone(ctx, copy.outs);
      assert.deepEqual(await notes(), []);
    }));

  it("leaves no machine behind that comes to be between its two looks", () =>
    onSimulatedHost({}, async ({ sim, host, delete: remove }) => {
      const since = new Date().toISOString();
      const { name, owner } = unfinished;
      await host.ledger.journal.write({
        version: 1,
        owner,
        name,
        fingerprint: "",
        phase: "launching",
        since,
      });
      await sim.setFaults({ imagePrepareSeconds: 20, commands: [{ command: "get", delay: 40 }] });
      const launch = execa(sim.bin, ["launch", "--name", "dev"]);
      while (!("dev" in (await sim.world()).preparing)) await new Promise((done) => setTimeout(done, 20));
      await remove(unfinished);
      await launch.catch(() => undefined);
      assert.deepEqual((await sim.world()).instances, {});
      assert.equal(await host.ledger.journal.read("dev"), undefined);
    }));

  it("that keeps a machine powers one off that does not answer, and does not wait for its shutdown", () =>
    onSimulatedHost({}, async ({ sim, create, count, delete: remove }) => {
      const { outs } = await create({ name: "dev" });
      await sim.instance("dev").poke({ state: "Unknown" });
      await remove({ ...outs, deletionPolicy: "keep", timeouts: { delete: "4m" } });
      assert.equal((await sim.world()).instances["dev"]?.deleted, true);
      assert.equal(await count("delete"), 1);
    }));

  it("leaves a machine alone that another stack has made since, under the name of one that is gone, or has adopted", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context, multipass, said }) => {
      const { outs } = await create({ name: "dev", owner: "urn:pulumi:a::a::Instance::dev" });
      multipass("delete", "--purge", "dev");
      const second = await create({ name: "dev", owner: "urn:pulumi:b::b::Instance::dev" });
      assert.equal(await readInstance(context(), "dev", outs), undefined);
      await remove(outs);
      await create({ name: "dev", owner: "urn:pulumi:c::c::Instance::dev", adopt: true });
      await remove(second.outs);
      assert.ok("dev" in (await sim.world()).instances, "another stack's machine is gone");
      assert.match(
        said.join("\n"),
        /leaving the name "dev" alone: it is urn:pulumi:c::c::Instance::dev's by now/,
      );
    }));

  it("removes its own also where the resource has another URN by now", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context }) => {
      const { outs } = await create({ name: "dev" });
      const moved = { name: "dev", owner: ownerOf("moved") };
      const updated = await updateInstance(context(), "dev", outs, moved);
      await remove(updated.outs);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves a machine to the replacement that went on with it, once Pulumi's state holds that one", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, context, host } = subject;
      const { first, outs } = await replaced(subject);
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      await remove(first);
      assert.equal((await readInstance(context(), "dev", outs))?.state.state, "Running");
      await remove(outs);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("removes a machine although a replacement went on with it, of which Pulumi has never heard", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, host } = subject;
      const { first } = await replaced(subject);
      // A preview or refresh of what Pulumi still holds proves nothing of the one that was cut off.
      await host.ledger.acknowledge("dev", first.owner, first.creation);
      await remove(first);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("removes a machine by the state with which Pulumi has gone on, whatever came upon it in between", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, host } = subject;
      const { first } = await replaced(subject);
      await host.ledger.hold("dev", first, wasSeen(first));
      await remove(first);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves a machine alone that Pulumi had let go of, after a create that was cut off before it saw it", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context, host }) => {
      const { outs } = await create({ name: "dev" });
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      const again = await unfinishedBy(
        createInstance(context(AbortSignal.abort()), { name: "dev", owner: outs.owner }),
      );
      // As the next run does, whichever that is.
      await host.ledger.hold("dev", again, wasSeen(again));
      assert.equal(await readInstance(context(), "dev", again), undefined);
      await remove(again);
      assert.ok("dev" in (await sim.world()).instances, "the machine that was let go is gone");
    }));

  it("removes what somebody has made whose journal is another, for one stack on one host", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, host }) => {
      const { outs } = await create({ name: "dev" });
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      await remove({ ...outs, creation: "the other's" });
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves a machine to a replacement, also to one that was cut off before it saw it", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context, host }) => {
      const { outs } = await create({ name: "dev" });
      const replacement = await unfinishedBy(
        createInstance(context(AbortSignal.abort()), { name: "dev", owner: outs.owner }),
      );
      await host.ledger.hold("dev", replacement, wasSeen(replacement));
      await remove(outs);
      const updated = await updateInstance(context(), "dev", replacement, { name: "dev", owner: outs.owner });
      assert.equal(updated.outs.ready, true);
      assert.equal((await sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);
    }));
});
