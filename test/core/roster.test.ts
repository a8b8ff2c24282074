import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Roster } from "../../provider/core/roster.ts";
import type { CallOptions, Driver } from "../../provider/driver/driver.ts";
import { type ErrorKind, isMultipassError, MultipassError } from "../../provider/driver/errors.ts";
import type { InstanceInfo, ListedInstance } from "../../provider/driver/schema.ts";
import { until } from "../support/until.ts";

const info = (state: string) => ({ state }) as InstanceInfo;

/** A daemon with these instances that records the questions it gets. */
function daemon(
  names: string[],
  o: { answerMs?: number; fail?: (asked: string[], runtime: boolean) => ErrorKind | undefined } = {},
) {
  const asked: string[] = [];
  const ended: string[] = [];
  /** Like a client, ends with its signal or its timeout. */
  const work = async (what: string, { signal, timeoutMs }: CallOptions) => {
    const until = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
    const end = AbortSignal.any([...(signal ? [signal] : []), ...until]);
    await delay(o.answerMs ?? 0, undefined, { signal: end }).catch(() => {
      ended.push(what);
      throw new MultipassError("Ended", { kind: signal?.aborted ? "cancelled" : "call-timeout" });
    });
  };
  const driver = {
    async list(options: CallOptions) {
      asked.push("list");
      await work("list", options);
      return names.map((name) => ({ name, state: "Running" })) as ListedInstance[];
    },
    async info(wanted: readonly string[], runtime: boolean, options: CallOptions) {
      await work("info", options);
      asked.push(`info${runtime ? "" : " without guests"}: ${wanted.join(" ")}`);
      const kind = o.fail?.([...wanted], runtime);
      if (kind) throw new MultipassError("info failed", { kind });
      return new Map((wanted.length > 0 ? wanted : names).map((name) => [name, info("Running")]));
    },
  };
  return { world: new Roster(driver as unknown as Driver), asked, ended };
}

describe("the roster", () => {
  it("asks once for all who ask at the same time", async () => {
    const { world, asked } = daemon(["a", "b"]);
    const found = await Promise.all(["a", "b", "c"].map((name) => world.find(name)));
    assert.deepEqual(
      found.map((one) => one?.name),
      ["a", "b", undefined],
    );
    assert.deepEqual(asked, ["list"]);
  });

  it("asks again for those who come after the question was sent, because its answer may be outdated for them", async () => {
    const { world, asked } = daemon(["a"], { answerMs: 60 });
    const early = world.find("a");
    await delay(30);
    await Promise.all([early, world.find("a")]);
    assert.deepEqual(asked, ["list", "list"]);
  });

  it("asks for the details of many instances in one call", async () => {
    const { world, asked } = daemon(["a", "b"]);
    await Promise.all([world.info("a"), world.info("b"), world.info("a")]);
    assert.deepEqual(asked, ["info: a b"]);
  });

  it("asks without guests if one of them cannot be reached", async () => {
    const { world, asked } = daemon(["a", "b"], {
      fail: (_names, runtime) => (runtime ? "guest-unreachable" : undefined),
    });
    assert.equal((await world.info("a"))?.state, "Running");
    assert.deepEqual(asked, ["info: a", "info without guests: a"]);
  });

  it("reports the existing instances although one is gone", async () => {
    const { world } = daemon(["a"], {
      fail: (names) => (names.includes("gone") ? "instance-missing" : undefined),
    });
    const [a, gone] = await Promise.all([world.info("a"), world.info("gone")]);
    assert.equal(a?.state, "Running");
    assert.equal(gone, undefined);
  });

  it("reports a missing instance as missing, even to a single reader", async () => {
    const { world } = daemon(["a"], {
      fail: (names) => (names.includes("gone") ? "instance-missing" : undefined),
    });
    assert.equal(await world.info("gone"), undefined);
  });

  const questions: Record<string, (world: Roster, options: CallOptions) => Promise<unknown>> = {
    list: (world, options) => world.list(options),
    find: (world, options) => world.find("a", options),
    findRecent: (world, options) => world.findRecent("a", options),
    info: (world, options) => world.info("a", options),
    infoRecent: (world, options) => world.infoRecent("a", async () => [], options),
  };
  for (const [question, ask] of Object.entries(questions)) {
    it(`lets each reader wait for its own time, whoever asked first: ${question}`, async () => {
      const order = ["hurried", "cancelled", "patient"] as const;
      for (const first of order) {
        const { world } = daemon(["a"], { answerMs: 400 });
        const end = new AbortController();
        const askers = {
          hurried: () => ask(world, { timeoutMs: 50 }).catch((error) => error),
          cancelled: () => ask(world, { signal: end.signal }).catch((error) => error),
          patient: () => ask(world, { timeoutMs: 60_000 }),
        };
        const answers = Object.fromEntries(
          [first, ...order.filter((one) => one !== first)].map((one) => [one, askers[one]()]),
        );
        const hurried = await answers["hurried"];
        assert.ok(isMultipassError(hurried, "call-timeout"), String(hurried));
        assert.match(hurried.message, /did not answer/);
        end.abort();
        const cancelled = await answers["cancelled"];
        assert.ok(isMultipassError(cancelled, "cancelled"), String(cancelled));
        assert.ok(await answers["patient"]);
      }
    });

    it(`stops asking when nobody waits any more: ${question}`, async () => {
      const { world, ended } = daemon(["a"], { answerMs: 60_000 });
      const end = new AbortController();
      const all = [{ timeoutMs: 50 }, { signal: end.signal }].map((options) => ask(world, options));
      await assert.rejects(all[0] as Promise<unknown>);
      assert.deepEqual(ended, []);
      end.abort();
      await assert.rejects(all[1] as Promise<unknown>);
      await until(async () => ended.length === 1);
    });
  }

  it("asks again for a reader who comes after the first gave up before its question was sent", async () => {
    const { world } = daemon(["a"]);
    for (const ask of [questions["find"], questions["info"]]) {
      const end = new AbortController();
      const first = ask?.(world, { signal: end.signal });
      end.abort();
      const second = ask?.(world, {});
      await assert.rejects(first as Promise<unknown>, /cancelled/);
      assert.ok(await second);
    }
  });

  it("passes any other failure to all readers, and asks again for the next", async () => {
    let away = true;
    const { world } = daemon(["a", "b"], { fail: () => (away ? "daemon-unreachable" : undefined) });
    const both = await Promise.allSettled([world.info("a"), world.info("b")]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    away = false;
    assert.equal((await world.info("a"))?.state, "Running");
  });
});
