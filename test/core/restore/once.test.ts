/**
 * A restore discards later changes of an instance, so one whose process was killed after it is not repeated.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RestoreState } from "../../../provider/core/restore/model.ts";
import { forgetKnown } from "../../../provider/core/restore/resource.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { createRestore, diffRestore, updateRestore } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const inputs = { instance: "dev", owner: "urn", snapshot: "one", trigger: 1, discardCurrentState: true };

/** A state without its timestamp. */
const without = ({ restored, ...rest }: RestoreState) => ({ ...rest, trigger: restored?.trigger });

const onHost = (use: (host: SimulatedHost) => Promise<void>) =>
  onSimulatedHost({}, async (host) => {
    host.multipass("launch", "--name", "dev");
    host.multipass("stop", "dev");
    host.multipass("snapshot", "--name", "one", "dev");
    await use(host);
  });

describe("a restore that Pulumi does not know about", () => {
  it("is repeated neither by the next run nor by an update", () =>
    onHost(async ({ ctx, count }) => {
      const warned: string[] = [];
      ctx.log.warn = (message) => void warned.push(message);
      const first = await createRestore(ctx, inputs);
      const second = await createRestore(ctx, inputs);
      assert.deepEqual(without(second.outs), without(first.outs));
      assert.match(warned.join("\n"), /not restoring instance "dev" .* again: .*change `trigger`/s);
      const olds: RestoreState = { ...inputs, ready: true };
      assert.deepEqual(without(await updateRestore(ctx, first.id, olds, inputs)), without(first.outs));
      assert.equal(await count("restore"), 1);
    }));

  it("is repeated for another trigger, snapshot or resource", () =>
    onHost(async ({ ctx, count, multipass }) => {
      multipass("snapshot", "--name", "two", "dev");
      await createRestore(ctx, inputs);
      for (const change of [{ trigger: 2 }, { snapshot: "two" }, { owner: "urn:another" }]) {
        const before = await count("restore");
        await createRestore(ctx, { ...inputs, ...change });
        assert.equal((await count("restore")) - before, 1, JSON.stringify(change));
      }
    }));

  it("is repeated once Pulumi knows about it and it is requested again", () =>
    onHost(async ({ ctx, host, count }) => {
      const { outs } = await createRestore(ctx, inputs);
      await forgetKnown(host, outs);
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
      // A restore unknown to Pulumi is still not repeated.
      await forgetKnown(host, { ...inputs, ready: true });
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
    }));

  it("is repeated on a new instance, even if its snapshot has the same name", () =>
    onHost(async ({ ctx, count, multipass }) => {
      await createRestore(ctx, inputs);
      multipass("delete", "--purge", "dev");
      multipass("launch", "--name", "dev");
      multipass("stop", "dev");
      multipass("snapshot", "--name", "one", "dev");
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
    }));

  it("is repeated after a day, when the user has seen the state of the instance", () =>
    onHost(async ({ ctx, host, count }) => {
      await createRestore(ctx, inputs);
      const folder = join(host.ledger.folder, "intents");
      for (const file of readdirSync(folder)) {
        const intent = JSON.parse(readFileSync(join(folder, file), "utf8"));
        const since = new Date(Date.parse(intent.since) - 86_400_000).toISOString();
        writeFileSync(join(folder, file), JSON.stringify({ ...intent, since }));
      }
      await createRestore(ctx, inputs);
      assert.equal(await count("restore"), 2);
    }));
});

describe("a restore that the daemon continues after its client has ended", () => {
  /** A running instance, and a daemon that takes the given simulated seconds for a restore. */
  const whileRestored = (delay: number, use: (host: SimulatedHost) => Promise<void>) =>
    onHost(async (host) => {
      host.multipass("start", "dev");
      await host.sim.setFaults({ commands: [{ command: "restore", delay, blocking: true }] });
      await use(host);
    });
  const stateOf = async ({ sim }: SimulatedHost) => (await sim.world()).instances["dev"]?.state;

  /** How a restore ends if its process is told to end at that moment. */
  const endedWhen = async (host: SimulatedHost, moment: () => Promise<boolean>) => {
    const end = new AbortController();
    const work = createRestore(host.context(end.signal), inputs).catch((error) => error);
    await until(moment);
    end.abort();
    return work;
  };

  it("finishes before this process ends, and the next run does not discard later changes", () =>
    whileRestored(20, async (host) => {
      const { outs } = await endedWhen(host, async () => (await host.count("restore")) > 0);
      assert.equal(diffRestore(outs, inputs).changes, false);
      assert.equal(await stateOf(host), "Running");
    }));

  it("also finishes if it exceeds its time", () =>
    whileRestored(100, async (host) => {
      // The client runs in real time.
      const ctx = { ...host.ctx, clock: systemClock };
      const hurried = { ...inputs, timeouts: { create: "4s" } };
      const { outs } = await createRestore(ctx, hurried);
      assert.equal(diffRestore(outs, hurried).changes, false);
      assert.equal(await stateOf(host), "Running");
    }));

  it("does not begin in a process that was told to end before", () =>
    whileRestored(0, async (host) => {
      await host.sim.setFaults({ commands: [{ command: "stop", delay: 20 }] });
      const error = await endedWhen(host, async () => (await host.count("stop")) > 1);
      assert.ok(isMultipassError(error, "cancelled"), String(error));
      assert.equal(await host.count("restore"), 0);
    }));

  it("does not begin if the end was requested while the daemon was away", () =>
    whileRestored(0, async (host) => {
      const away = { command: "restore", text: "cannot connect to the multipass socket", times: 2 };
      await host.sim.setFaults({ commands: [away] });
      const error = await endedWhen(host, async () => host.said.some((line) => /try 2 failed/.test(line)));
      assert.ok(isMultipassError(error, "cancelled"), String(error));
      assert.equal(await host.count("restore"), 2);
      assert.equal(await stateOf(host), "Running");
    }));

  it("is not reported as done if it failed, and its failure is shown", () =>
    whileRestored(20, async (host) => {
      await host.sim.setFaults({
        commands: [
          { command: "restore", delay: 20, blocking: true },
          { command: "restore", text: "the disk is full", times: 9 },
        ],
      });
      const error = await endedWhen(host, async () => (await host.count("restore")) > 0);
      assert.ok(isMultipassError(error, "cancelled"), String(error));
      assert.match(host.said.join("\n"), /instance "dev" may or may not have been restored/);
      assert.equal(await stateOf(host), "Running");
    }));
});
