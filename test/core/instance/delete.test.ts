import assert from "node:assert/strict";
import { execa } from "execa";
import type { InstanceState } from "../../../provider/core/instance/model.ts";
import { wasSeen } from "../../../provider/core/instance/ownership.ts";
import { NO_FACTS } from "../../../provider/core/instances.ts";
import type { SimulatorOptions } from "../../../simulator/src/index.ts";
import {
  createClone,
  createInstance,
  createRestore,
  createSnapshot,
  deleteClone,
  readInstance,
  updateInstance,
} from "../../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

/** The state that an interrupted create has left in Pulumi. */
const unfinished: InstanceState = {
  name: "dev",
  owner: ownerOf("dev"),
  ...NO_FACTS,
  ready: false,
  multipassVersion: "",
  specified: [],
};

const FAILING: SimulatorOptions = { faults: { guest: { cloudInit: "error", cloudInitErrors: ["no"] } } };

/** The state that a failing create leaves. */
async function unfinishedBy(create: Promise<unknown>): Promise<InstanceState> {
  const error: unknown = await create.then(
    () => assert.fail("the create has not failed"),
    (reason) => reason,
  );
  return (error as { outs: InstanceState }).outs;
}

/** A create that fails, and the create of its replacement, which continues with the same instance. */
async function replaced({ sim, create }: SimulatedHost) {
  const first = await unfinishedBy(create({ name: "dev" }));
  await sim.setFaults({});
  return { first, outs: (await create({ name: "dev" })).outs };
}

describe("whether an instance was seen", () => {
  it("is a field of its state, so a version is nothing but a version", () =>
    onSimulatedHost(FAILING, async ({ sim, create }) => {
      const unready = await unfinishedBy(create({ name: "dev" }));
      assert.deepEqual([unready.ready, unready.seen, unready.multipassVersion], [false, true, ""]);
      assert.equal(wasSeen(unready), true);
      await sim.stopDaemon();
      const never = await unfinishedBy(create({ name: "web", timeouts: { create: "2s" } }));
      assert.deepEqual([never.ready, never.seen], [false, false]);
      assert.equal(wasSeen(never), false);
    }));

  it("is told in an earlier state by the version", () => {
    const rows = [
      [{ ready: false, multipassVersion: "1.17.0" }, true],
      [{ ready: false, multipassVersion: "unknown" }, true],
      [{ ready: false, multipassVersion: "" }, false],
      [{ ready: true, multipassVersion: "" }, true],
      [{ ready: false, multipassVersion: "1.17.0", seen: false }, false],
    ] as const;
    for (const [state, isSeen] of rows) assert.equal(wasSeen(state), isSeen, JSON.stringify(state));
  });
});

describe("a delete", () => {
  it("forgets what was done to the instance, so that none of it counts for a new one with the same name", () =>
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

  it("removes an instance that appears between its two looks", () =>
    onSimulatedHost({}, async ({ sim, host, journal, delete: remove }) => {
      const since = new Date().toISOString();
      const { name, owner } = unfinished;
      await journal.write({
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
      assert.equal(await host.ledger.entryOf("dev"), undefined);
    }));

  it("that keeps an instance powers it off if it does not answer, without waiting for its shutdown", () =>
    onSimulatedHost({}, async ({ sim, create, count, delete: remove }) => {
      const { outs } = await create({ name: "dev" });
      await sim.instance("dev").poke({ state: "Unknown" });
      await remove({ ...outs, deletionPolicy: "keep", timeouts: { delete: "4m" } });
      assert.equal((await sim.world()).instances["dev"]?.deleted, true);
      assert.equal(await count("delete"), 1);
    }));

  const TEMPORARY = [
    "cannot connect to the multipass socket",
    'delete failed: instance "dev" is being prepared',
    "delete failed: Process operation timed out",
    "delete failed: timed out waiting for response",
    "delete failed: ssh connection failed: 'Connection refused'",
    "delete failed: error mounting",
  ];
  for (const text of TEMPORARY) {
    it(`of an instance or of a copy is repeated after "${text}"`, () =>
      onSimulatedHost({}, async ({ sim, ctx, create, multipass, count, delete: remove }) => {
        const { outs } = await create({ name: "dev" });
        multipass("stop", "dev");
        const copy = await createClone(ctx, { source: "dev", name: "web", owner: "urn:web" });
        await sim.setFaults({ commands: [{ command: "delete", text, times: 1 }] });
        await deleteClone(ctx, copy.outs);
        await sim.setFaults({ commands: [{ command: "delete", text, times: 1 }] });
        await remove(outs);
        assert.equal(await count("delete"), 4);
      }));
  }

  it("leaves an instance alone that another stack has adopted, or has created since under the same name", () =>
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
        /leaving instance "dev" alone: urn:pulumi:c::c::Instance::dev owns it now/,
      );
    }));

  it("removes its own instance even if the resource's URN has changed", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context }) => {
      const { outs } = await create({ name: "dev" });
      const moved = { name: "dev", owner: ownerOf("moved") };
      const updated = await updateInstance(context(), "dev", outs, moved);
      await remove(updated);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves the instance to a replacement that took it over, once Pulumi's state holds that one", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, context, host } = subject;
      const { first, outs } = await replaced(subject);
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      await remove(first);
      assert.equal((await readInstance(context(), "dev", outs))?.outs.state, "Running");
      await remove(outs);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("removes the instance although a replacement took it over, if Pulumi never heard of that one", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, host } = subject;
      const { first } = await replaced(subject);
      // A preview or refresh of the resource that Pulumi still holds proves nothing about the interrupted
      // one.
      await host.ledger.acknowledge("dev", first.owner, first.creation);
      await remove(first);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("removes an instance by the state that Pulumi continued with, whatever happened in between", () =>
    onSimulatedHost(FAILING, async (subject) => {
      const { sim, delete: remove, host } = subject;
      const { first } = await replaced(subject);
      await host.ledger.hold("dev", first, wasSeen(first));
      await remove(first);
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves an instance alone that Pulumi had released, after a create that was cut off before it saw it", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context, host }) => {
      const { outs } = await create({ name: "dev" });
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      const again = await unfinishedBy(
        createInstance(context(AbortSignal.abort()), { name: "dev", owner: outs.owner }),
      );
      // This is what any next run does.
      await host.ledger.hold("dev", again, wasSeen(again));
      assert.equal(await readInstance(context(), "dev", again), undefined);
      await remove(again);
      assert.ok("dev" in (await sim.world()).instances, "the machine that was let go is gone");
    }));

  it("removes an instance created with another journal, for one stack on one host", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, host }) => {
      const { outs } = await create({ name: "dev" });
      await host.ledger.acknowledge("dev", outs.owner, outs.creation);
      await remove({ ...outs, creation: "the other's" });
      assert.deepEqual((await sim.world()).instances, {});
    }));

  it("leaves the instance to a replacement, even one that was cut off before it saw it", () =>
    onSimulatedHost({}, async ({ sim, create, delete: remove, context, host }) => {
      const { outs } = await create({ name: "dev" });
      const replacement = await unfinishedBy(
        createInstance(context(AbortSignal.abort()), { name: "dev", owner: outs.owner }),
      );
      await host.ledger.hold("dev", replacement, wasSeen(replacement));
      await remove(outs);
      const updated = await updateInstance(context(), "dev", replacement, { name: "dev", owner: outs.owner });
      assert.equal(updated.ready, true);
      assert.equal((await sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);
    }));
});
