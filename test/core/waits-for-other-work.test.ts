/**
 * How resources of one stack wait for each other in a shared instance, and how they end when it goes away.
 */
import assert from "node:assert/strict";
import type { CommandState } from "../../provider/core/command/model.ts";
import { isMultipassError } from "../../provider/driver/errors.ts";
import {
  createAlias,
  createClone,
  createCommand,
  createFile,
  createMount,
  createSetting,
  createSnapshot,
  deleteAlias,
  deleteClone,
  deleteCommand,
  deleteFile,
  deleteMount,
  readFile,
  updateClone,
  updateSnapshot,
} from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";

type Ctx = SimulatedHost["ctx"];

const inDev = { instance: "dev", owner: "urn" };
const file = { ...inDev, path: "/home/ubuntu/a", content: "a" };
const written = { ...file, sha256: "" };
const done: CommandState = { ...inDev, create: ["true"], stdout: "", stderr: "", exitCode: 0 };
const ONE_MINUTE = { create: "1m", update: "1m", read: "1m", delete: "1m" };

/** Keeps the instance to itself until released, then does the last action. */
function keep({ host }: SimulatedHost, name: string, last: () => unknown = () => undefined) {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const over = host.locks.of(name).exclusive(async () => {
    await gate;
    await last();
  });
  return {
    letGo() {
      letGo();
      return over;
    },
  };
}

const waits = ({ said }: SimulatedHost, name = "dev") =>
  until(() => said.some((line) => line.startsWith(`waiting for other work in "${name}" to end`)));

describe("an operation whose instance is in use", function () {
  this.timeout(120_000);

  const work: Record<string, (ctx: Ctx, dir: string) => Promise<unknown>> = {
    "a command": (ctx) => createCommand(ctx, { ...inDev, create: ["true"], timeouts: ONE_MINUTE }),
    "a file's writing": (ctx) => createFile(ctx, { ...file, timeouts: ONE_MINUTE }),
    "a look at a file": (ctx) => readFile(ctx, { ...written, timeouts: ONE_MINUTE }),
    "a file's removal": (ctx) => deleteFile(ctx, { ...written, timeouts: ONE_MINUTE }),
    "a mount": (ctx, source) => createMount(ctx, { ...inDev, source, target: "/mnt", timeouts: ONE_MINUTE }),
    "the end of a mount": (ctx, source) =>
      deleteMount(ctx, { ...inDev, source, target: "/mnt", timeouts: ONE_MINUTE }),
  };
  for (const [what, begin] of Object.entries(work)) {
    it(`waits until its time is up or the process ends: ${what}`, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        const kept = keep(host, "dev");
        const late = await begin(host.ctx, host.dir).catch((error) => error);
        assert.ok(isMultipassError(late, "deadline"), String(late));
        assert.match(late.message, /other work in "dev"/);
        const over = new AbortController();
        const cut = begin(host.context(over.signal), host.dir).catch((error) => error);
        over.abort();
        assert.ok(isMultipassError(await cut, "cancelled"), String(await cut));
        await kept.letGo();
      }));
  }

  const changes: Record<string, [lock: string, says: RegExp, begin: (ctx: Ctx) => Promise<unknown>]> = {
    "an alias": [
      "(aliases)",
      /another change of the aliases/,
      (ctx) => createAlias(ctx, { ...inDev, name: "ls", command: "ls", timeouts: ONE_MINUTE }),
    ],
    "the end of an alias": [
      "(aliases)",
      /another change of the aliases/,
      (ctx) =>
        deleteAlias(ctx, { ...inDev, name: "ls", command: "ls", context: "default", timeouts: ONE_MINUTE }),
    ],
    "a setting": [
      "(settings)",
      /another change of the settings/,
      (ctx) =>
        createSetting(ctx, { key: "client.primary-name", value: "a", owner: "urn", timeouts: ONE_MINUTE }),
    ],
  };
  for (const [what, [lock, says, begin]] of Object.entries(changes)) {
    it(`waits for another change of the same kind until its time is up or the process ends: ${what}`, () =>
      onSimulatedHost({}, async (host) => {
        const kept = keep(host, lock);
        const late = await begin(host.ctx).catch((error) => error);
        assert.ok(isMultipassError(late, "deadline"), String(late));
        assert.match(late.message, says);
        assert.ok(host.said.some((line) => /^waiting for another change of/.test(line)));
        const over = new AbortController();
        const cut = begin(host.context(over.signal)).catch((error) => error);
        await until(() => host.said.filter((line) => /^waiting for another/.test(line)).length > 1);
        over.abort();
        assert.ok(isMultipassError(await cut, "cancelled"), String(await cut));
        await kept.letGo();
      }));
  }

  it("lets others work between two attempts of a command", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim } = host;
      host.multipass("launch", "--name", "dev");
      await sim.setFaults({
        commands: [{ command: "exec", text: "ssh connection failed: 'Connection refused'", times: 10_000 }],
      });
      const timeouts = { create: "2h" };
      const running = createCommand(ctx, { ...inDev, create: ["hostname"], timeouts });
      await until(async () => (await host.count("exec")) > 0);
      await createSnapshot(ctx, { ...inDev, name: "one", timeouts });
      await sim.setFaults({});
      assert.equal((await running).outs.stdout, "dev");
    }));

  it("waits before it puts back a power state that an earlier operation left changed", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx } = host;
      host.multipass("launch", "--name", "dev");
      const { id, outs } = await createSnapshot(ctx, { ...inDev, name: "one" });
      const kept = keep(host, "dev");
      const owing = { ...outs, ready: false, owed: "suspended" as const };
      const updated = updateSnapshot(ctx, id, owing, { ...inDev, name: "one" });
      await waits(host);
      assert.equal(await host.count("suspend"), 0);
      await kept.letGo();
      await updated;
      assert.equal((await host.sim.world()).instances["dev"]?.state, "Suspended");
    }));

  it("waits before it resizes or deletes a copy", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim } = host;
      host.multipass("launch", "--name", "golden");
      const clone = { source: "golden", name: "web", owner: "urn:web" };
      const { outs } = await createClone(ctx, clone);
      const before = (await sim.calls()).length;
      const first = keep(host, "web");
      const updated = updateClone(ctx, outs, { ...clone, cpus: 4 });
      await waits(host, "web");
      const stopsOf = async (command: string) =>
        (await sim.calls()).slice(before).filter(({ argv }) => argv[0] === command).length;
      assert.equal(await stopsOf("stop"), 0);
      await first.letGo();
      assert.equal((await updated).cpus, 4);
      host.said.length = 0;
      const second = keep(host, "web");
      const deleted = deleteClone(ctx, outs);
      await waits(host, "web");
      assert.equal(await stopsOf("delete"), 0);
      await second.letGo();
      await deleted;
      assert.equal((await sim.world()).instances["web"], undefined);
    }));
});

describe("an instance that is stopped when the wait of a file's operation ends", function () {
  this.timeout(120_000);

  const looks: Record<string, (ctx: Ctx) => Promise<unknown>> = {
    "for a look": (ctx) => readFile(ctx, written),
    "for a removal": (ctx) => deleteFile(ctx, written),
  };
  for (const [what, begin] of Object.entries(looks)) {
    it(`is not started by accident: ${what}`, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        const kept = keep(host, "dev", () => host.multipass("stop", "dev"));
        const work = begin(host.ctx).catch((error) =>
          assert.ok(isMultipassError(error, "instance-not-running")),
        );
        await waits(host);
        await kept.letGo();
        await work;
        assert.equal((await host.sim.world()).instances["dev"]?.state, "Stopped");
      }));

    it(`is waited for if it was only stopped temporarily: ${what}`, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        host.multipass("stop", "dev");
        const kept = keep(host, "dev", () => host.multipass("start", "dev"));
        const work = begin(host.ctx);
        await waits(host);
        await kept.letGo();
        await work;
        assert.ok((await host.count("exec")) > 0);
      }));
  }
});

describe("the clean-up of a resource in an instance", function () {
  this.timeout(120_000);

  const undo: Record<string, (ctx: Ctx, dir: string) => Promise<unknown>> = {
    "a command": (ctx) => deleteCommand(ctx, { ...done, delete: ["true"] }),
    "a file": (ctx) => deleteFile(ctx, written),
    "a mount": (ctx, source) => deleteMount(ctx, { ...inDev, source, target: "/mnt" }),
  };
  for (const [what, begin] of Object.entries(undo)) {
    for (const purge of [true, false]) {
      it(`succeeds when its instance is ${purge ? "purged" : "deleted"} at the same time: ${what}`, () =>
        onSimulatedHost({}, async (host) => {
          host.multipass("launch", "--name", "dev");
          const kept = keep(host, "dev", () =>
            host.multipass("delete", ...(purge ? ["--purge"] : []), "dev"),
          );
          const undone = begin(host.ctx, host.dir);
          await waits(host);
          await kept.letGo();
          await undone;
        }));
    }
  }

  it("fails as usual if the instance stays", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      const undone = deleteCommand(host.ctx, { ...done, delete: ["false"] });
      await assert.rejects(undone, (error) => isMultipassError(error, "command-failed"));
    }));

  it("succeeds when somebody deletes the instance at the same time", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      await host.sim.setFaults({ guestCommands: [{ match: "^slow$", seconds: 7_200 }] });
      const undone = deleteCommand(host.ctx, { ...done, delete: ["slow"], timeouts: { delete: "2h" } });
      await until(async () => (await host.count("exec")) > 0);
      host.multipass("delete", "--purge", "dev");
      await undone;
    }));
});
