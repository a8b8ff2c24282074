import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { InitializationError } from "../../provider/core/context.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { unreadyState } from "../../provider/core/instance/outputs.ts";
import { fingerprint } from "../../provider/core/instance/ownership.ts";
import type { JournalEntry } from "../../provider/core/ledger/journal.ts";
import { Ledger } from "../../provider/core/ledger/ledger.ts";
import { createInstance, readInstance, updateInstance } from "../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";
import { victims } from "./victims.ts";

const inputs: InstanceInputs = { name: "dev", owner: ownerOf("dev") };
const entry: JournalEntry = {
  version: 1,
  owner: inputs.owner,
  name: "dev",
  fingerprint: fingerprint(inputs),
  phase: "launching",
  since: new Date().toISOString(),
};
const noList = { command: "launch", text: 'Remote "" is unknown or unreachable.', times: 1000 };
/** No image can be launched; the daemon answers everything else. */
const NO_LIST = { commands: [noList] };
/** The same for the launches of the provider only: a person would not say for how long. */
const NO_LIST_FOR_US = { commands: [{ ...noList, match: "--timeout" }] };

const launches = async ({ sim }: SimulatedHost) =>
  (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
const instances = async ({ sim }: SimulatedHost) => Object.keys((await sim.world()).instances);

async function givenUp(subject: SimulatedHost): Promise<InstanceState> {
  const error = await subject
    .create({ name: "dev", timeouts: { create: "20s" }, retry: { initialDelay: "5s", factor: 4, jitter: 0 } })
    .then(
      () => assert.fail(),
      (error) => error,
    );
  assert.ok(error instanceof InitializationError, error.stack);
  return error.outs;
}

describe("no instance is lost", () => {
  it("when the client of a launch is killed: the daemon continues, and the create takes over its instance", () =>
    onSimulatedHost({ faults: { imagePrepareSeconds: 60 } }, async (subject) => {
      const creating = subject.create({ name: "dev" });
      await until(async () => Object.keys((await subject.sim.world()).preparing).length > 0);
      // Only the launch runs now.
      for (const pid of await victims("client", subject.sim, subject.dir)) process.kill(pid, "SIGKILL");
      assert.equal((await creating).outs.ready, true);
      assert.deepEqual(await instances(subject), ["dev"]);
      assert.equal((await launches(subject)).filter(({ exitCode }) => exitCode === 0).length, 0);
    }));

  it("when an earlier launch of ours, whose end nobody saw, makes it during the next launch", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.journal.write(entry);
      await subject.sim.setFaults({
        launches: [{ phase: "D", text: 'instance "dev" already exists', after: 20 }],
      });
      const creating = subject.create({ name: "dev" });
      await until(async () => (await launches(subject)).length === 1);
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      assert.equal((await creating).outs.ready, true);
    }));

  it("when it is deleted between the end of its launch and the next look: the create makes it again", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "dev" });
      const folder = subject.journal.newLaunchFolder("dev");
      await subject.journal.write({ ...entry, launch: { pid: 999_999_999, folder } });
      await execa(subject.sim.bin, ["delete", "--purge", "dev"]);
      const unready = { ...outs, ready: false, multipassVersion: "" };
      const anew = await updateInstance(subject.context(), "dev", unready, inputs);
      assert.equal(anew.ready, true);
      assert.deepEqual(await instances(subject), ["dev"]);
    }));

  it("when it is destroyed while the daemon prepares it for a launch that nobody follows any more", () =>
    onSimulatedHost({ faults: { imagePrepareSeconds: 60 } }, async (subject) => {
      const abort = new AbortController();
      const creating = createInstance(subject.context(abort.signal), inputs).catch((error) => error);
      await until(async () => Object.keys((await subject.sim.world()).preparing).length > 0);
      abort.abort();
      const error = await creating;
      assert.ok(error instanceof InitializationError);
      for (const kind of ["runner", "client"] as const)
        for (const pid of await victims(kind, subject.sim, subject.dir)) process.kill(pid, "SIGKILL");
      await subject.delete(error.outs);
      await until(async () => Object.keys((await subject.sim.world()).preparing).length === 0);
      assert.deepEqual(await instances(subject), []);
      assert.equal(await subject.journal.read("dev"), undefined);
    }));

  it("when the daemon goes away during a refresh: the refresh reads it a little later", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "dev" });
      const away = (command: string) => ({
        command,
        text: "cannot connect to the multipass socket",
        times: 2,
      });
      await subject.sim.setFaults({ commands: ["list", "info", "get"].map(away), truncatedJson: 1 });
      const read = await readInstance(subject.context(), "dev", { ...outs, observed: { cpuCount: "9" } });
      assert.deepEqual(
        [read?.outs.state, read?.outs.cpus, read?.outs.ipAddress],
        ["Running", 1, outs.ipAddress],
      );
    }));

  it("when its create was cut off and Pulumi has forgotten its automatic name", () =>
    onSimulatedHost({}, async ({ journal }) => {
      const ledger = new Ledger(journal);
      const write = (name: string, more: Partial<JournalEntry> = {}) =>
        journal.write({ ...entry, name, ...more });
      const recalled = (...inState: string[]) => ledger.recall(inputs.owner, new Set(inState));
      assert.equal(await recalled(), undefined);
      await write("dev-other", { owner: ownerOf("other") });
      await write("dev-known", { phase: "created", known: true });
      await write("dev-told", { phase: "launched", known: true });
      assert.equal(await recalled(), undefined);
      await write("dev-1");
      assert.equal(await recalled(), "dev-1");
      assert.equal(await recalled("dev-1"), undefined);
      // Created, and cut off before Pulumi had written that down.
      await write("dev-2", { phase: "created", since: new Date().toISOString() });
      await write("dev-0", { phase: "created", since: "2020-01-01T00:00:00.000Z" });
      assert.equal(await recalled(), "dev-2");
    }));
});

describe("no instance of somebody else is taken for ours", () => {
  it("when it was made while our create was waiting for images", () =>
    onSimulatedHost({ faults: NO_LIST_FOR_US }, async (subject) => {
      const creating = subject.create({ name: "dev" }).then(
        () => assert.fail(),
        (error) => error,
      );
      await until(async () => (await launches(subject)).some(({ exitCode }) => exitCode === 2));
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      await subject.sim.setFaults({});
      assert.match(String(await creating), /already exists.*this stack did not create it/);
    }));

  it("when it was made after our create gave up: it is neither read, nor updated, nor deleted", () =>
    onSimulatedHost({}, async (subject) => {
      const state = unreadyState(inputs);
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      assert.equal(await readInstance(subject.context(), "dev", state), undefined);
      await assert.rejects(
        updateInstance(subject.context(), "dev", state, inputs),
        /this stack did not create it/,
      );
      await subject.delete(state);
      assert.deepEqual(await instances(subject), ["dev"]);
    }));
});

describe("a create waits no longer than its own time limit", () => {
  it("behind another create that leads the wait for the host and has more time", () =>
    onSimulatedHost({ faults: NO_LIST }, async (subject) => {
      const first = subject.create({ name: "first", timeouts: { create: "3m" } }).catch((error) => error);
      await until(async () => (await launches(subject)).some(({ exitCode }) => exitCode === 2));
      let over = false;
      void first.then(() => {
        over = true;
      });
      await givenUp(subject);
      assert.equal(over, false);
      await subject.sim.setFaults({});
      await first;
    }));

  it("behind other launches that fill all slots", () =>
    onSimulatedHost({ faults: { guest: { bootSeconds: 200 } } }, async (subject) => {
      const others = ["a", "b", "c", "d"].map((name) => subject.create({ name }));
      await until(async () => (await launches(subject)).length === 4);
      let over = false;
      const all = Promise.all(others).then(() => {
        over = true;
      });
      await givenUp(subject);
      assert.equal(over, false);
      await all;
      assert.deepEqual((await instances(subject)).sort(), ["a", "b", "c", "d"]);
    }));

  it("for a launch of an earlier process, which had more time", () =>
    onSimulatedHost({ faults: { imageDownloadSeconds: 200 } }, async (subject) => {
      const abort = new AbortController();
      const creating = createInstance(subject.context(abort.signal), inputs).catch((error) => error);
      await until(async () => (await launches(subject)).length === 1);
      await delay(200);
      abort.abort();
      const { outs } = (await creating) as InitializationError<InstanceState>;
      const news = { ...inputs, timeouts: { create: "20s" } };
      const started = Date.now();
      await assert.rejects(updateInstance(subject.context(), "dev", outs, news), InitializationError);
      assert.ok(Date.now() - started < 60_000);
      assert.equal((await launches(subject)).length, 1);
    }));
});
