import assert from "node:assert/strict";
import { InitializationError } from "../../provider/core/context.ts";
import type { InstanceInputs } from "../../provider/core/instance/model.ts";
import { NO_FACTS } from "../../provider/core/instances.ts";
import { isMultipassError } from "../../provider/driver/errors.ts";
import {
  createCommand,
  createInstance,
  createSnapshot,
  deleteInstance,
  updateInstance,
} from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";

const dev: InstanceInputs = { name: "dev", owner: "urn:dev", timeouts: { create: "2h", update: "2h" } };
const inDev = { instance: "dev", owner: "urn:command", timeouts: { create: "2h" } };

/** A command that runs in the instance `dev` for a while. */
async function busy({ sim, ctx, count }: SimulatedHost, seconds = 40) {
  await sim.setFaults({ guestCommands: [{ match: "^slow$", stdout: "done", seconds }] });
  const seen = await count("exec");
  const over = new AbortController();
  const running = createCommand({ ...ctx, signal: over.signal }, { ...inDev, create: ["slow"] });
  running.catch(() => undefined);
  while ((await count("exec")) === seen) await new Promise((done) => setTimeout(done, 20));
  return { running, end: () => over.abort() };
}

/** Checks that the instance is not touched before `slow` has ended. */
async function assertUndisturbed({ sim }: SimulatedHost) {
  const calls = await sim.calls();
  const lasted = ({ startedAt, endedAt = 0 }: (typeof calls)[number]) => endedAt - startedAt;
  const [slow] = calls.filter(({ argv }) => argv[0] === "exec").sort((a, b) => lasted(b) - lasted(a));
  const [first] = calls.filter(({ argv }) => argv[0] === "stop" || argv[0] === "delete");
  assert.ok(slow?.endedAt !== undefined && first && slow.endedAt <= first.startedAt);
}

const hasWaited = ({ said }: SimulatedHost) =>
  said.some((line) => /waiting for other work in "dev"/.test(line));

/** The state of an instance that was seen to be ready. */
const SEEN = {
  ...dev,
  ...NO_FACTS,
  state: "Running",
  ready: true,
  cpus: 1,
  multipassVersion: "1.16.0",
  specified: [],
};

describe("work in an instance", function () {
  this.timeout(120_000);

  it("ends before its instance is stopped for a change", () =>
    onSimulatedHost({}, async (host) => {
      const { outs } = await createInstance(host.ctx, dev);
      const { running } = await busy(host);
      const updated = updateInstance(host.ctx, "dev", outs, { ...dev, cpus: 4 });
      assert.equal((await running).outs.stdout, "done");
      assert.equal((await updated).cpus, 4);
      assert.ok(hasWaited(host));
      await assertUndisturbed(host);
    }));

  it("ends before its instance is stopped permanently", () =>
    onSimulatedHost({}, async (host) => {
      const { outs } = await createInstance(host.ctx, dev);
      const { running } = await busy(host);
      const updated = updateInstance(host.ctx, "dev", outs, { ...dev, powerState: "stopped" });
      assert.equal((await running).outs.stdout, "done");
      assert.equal((await updated).state, "Stopped");
      await assertUndisturbed(host);
    }));

  it("ends before an unfinished create stops the instance to continue", () =>
    onSimulatedHost({}, async (host) => {
      const { outs } = await createInstance(host.ctx, dev);
      const { running } = await busy(host);
      const updated = updateInstance(host.ctx, "dev", { ...outs, ready: false }, { ...dev, cpus: 4 });
      assert.equal((await running).outs.stdout, "done");
      assert.deepEqual([(await updated).cpus, (await updated).ready], [4, true]);
      await assertUndisturbed(host);
    }));

  it("ends before it is deleted with its instance", () =>
    onSimulatedHost({}, async (host) => {
      const { outs } = await createInstance(host.ctx, dev);
      const { running } = await busy(host);
      const deleted = deleteInstance(host.ctx, "dev", outs);
      assert.equal((await running).outs.stdout, "done");
      await deleted;
      await assertUndisturbed(host);
      assert.deepEqual((await host.sim.world()).instances, {});
    }));

  it("does not delay a change that stops nothing", () =>
    onSimulatedHost({}, async (host) => {
      const { outs } = await createInstance(host.ctx, dev);
      const { running, end } = await busy(host, 3_600);
      const mounts = [{ source: host.sim.dir, target: "/mnt" }];
      await updateInstance(host.ctx, "dev", outs, { ...dev, mounts });
      assert.equal(hasWaited(host), false);
      end();
      await assert.rejects(running);
    }));

  it("begins when a change is over, and finds the instance running", () =>
    onSimulatedHost({}, async ({ ctx }) => {
      const { outs } = await createInstance(ctx, dev);
      const updated = updateInstance(ctx, "dev", outs, { ...dev, cpus: 4 });
      await new Promise((done) => setTimeout(done, 100));
      const commands = Promise.all([1, 2].map(() => createCommand(ctx, { ...inDev, create: ["hostname"] })));
      assert.deepEqual(
        (await commands).map((command) => command.outs.stdout),
        ["dev", "dev"],
      );
      await updated;
    }));

  it("can be part of what makes an instance ready", () =>
    onSimulatedHost({}, async ({ ctx, sim }) => {
      const { outs } = await createInstance(ctx, dev);
      const readiness = { checks: [{ command: ["test", "-e", "/tmp/made"], interval: "1s" }] };
      const updated = updateInstance(ctx, "dev", outs, { ...dev, cpus: 4, readiness });
      await new Promise((done) => setTimeout(done, 100));
      await createCommand(ctx, { ...inDev, create: ["touch", "/tmp/made"] });
      assert.equal((await updated).ready, true);
      assert.equal((await sim.world()).instances["dev"]?.cpus, 4);
    }));

  for (const [what, work] of Object.entries<(within: string, ctx: SimulatedHost["ctx"]) => Promise<unknown>>({
    "a change": (update, ctx) => updateInstance(ctx, "dev", SEEN, { ...dev, cpus: 4, timeouts: { update } }),
    "a delete": (timeout, ctx) => deleteInstance(ctx, "dev", { ...SEEN, timeouts: { delete: timeout } }),
    "a snapshot": (create, ctx) =>
      createSnapshot(ctx, { instance: "dev", owner: "urn", name: "one", timeouts: { create } }),
  })) {
    it(`is waited for by ${what} within its time, and until the process ends`, () =>
      onSimulatedHost({}, async (host) => {
        await createInstance(host.ctx, dev);
        const { running, end } = await busy(host, 3_600);
        const late = await work("1m", host.ctx).catch((error) => error);
        assert.ok(isMultipassError(late, "deadline"), String(late));
        assert.ok(!(late instanceof InitializationError));
        const over = new AbortController();
        const waiting = work("2h", { ...host.ctx, signal: over.signal }).catch((error) => error);
        setTimeout(() => over.abort(), 500);
        assert.ok(isMultipassError(await waiting, "cancelled"), String(await waiting));
        assert.equal((await host.sim.world()).instances["dev"]?.state, "Running");
        // A waiter that has given up does not delay others.
        const next = createCommand(host.ctx, { ...inDev, create: ["hostname"] });
        assert.equal((await next).outs.stdout, "dev");
        end();
        await assert.rejects(running);
      }));
  }
});
