import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Roster } from "../../provider/core/roster.ts";
import type { CallOptions, Driver } from "../../provider/driver/driver.ts";
import { type ErrorKind, isMultipassError, MultipassError } from "../../provider/driver/errors.ts";
import type { InstanceInfo, ListedInstance } from "../../provider/driver/schema.ts";

const info = (state: string) => ({ state }) as InstanceInfo;

/** A daemon with these instances that writes down what it is asked. */
function daemon(
  names: string[],
  o: { answerMs?: number; fail?: (asked: string[], runtime: boolean) => ErrorKind | undefined } = {},
) {
  const asked: string[] = [];
  const ended: string[] = [];
  /** As a client does it, which ends with its signal or its time. */
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

describe("the world", () => {
  it("is asked once for all who ask at the same time", async () => {
    const { world, asked } = daemon(["a", "b"]);
    const found = await Promise.all(["a", "b", "c"].map((name) => world.find(name)));
    assert.deepEqual(
      found.map((one) => one?.name),
      ["a", "b", undefined],
    );
    assert.deepEqual(asked, ["list"]);
  });

  it("is asked anew by who comes after the question was sent: the answer may be older than what he wants to know", async () => {
    const { world, asked } = daemon(["a"], { answerMs: 60 });
    const early = world.find("a");
    await delay(30);
    await Promise.all([early, world.find("a")]);
    assert.deepEqual(asked, ["list", "list"]);
  });

  it("is asked for the details of many by one call", async () => {
    const { world, asked } = daemon(["a", "b"]);
    await Promise.all([world.info("a"), world.info("b"), world.info("a")]);
    assert.deepEqual(asked, ["info: a b"]);
  });

  it("is asked without its guests when one of them cannot be reached", async () => {
    const { world, asked } = daemon(["a", "b"], {
      fail: (_names, runtime) => (runtime ? "guest-unreachable" : undefined),
    });
    assert.equal((await world.info("a"))?.state, "Running");
    assert.deepEqual(asked, ["info: a", "info without guests: a"]);
  });

  it("tells of those who are there although one is gone", async () => {
    const { world } = daemon(["a"], {
      fail: (names) => (names.includes("gone") ? "instance-missing" : undefined),
    });
    const [a, gone] = await Promise.all([world.info("a"), world.info("gone")]);
    assert.equal(a?.state, "Running");
    assert.equal(gone, undefined);
  });

  it("says of one that is gone that there is none, to one who asks alone, too", async () => {
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
    it(`is waited for by each as long as that one may, whoever has asked first: ${question}`, async () => {
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

    it(`is asked no longer than somebody waits: ${question}`, async () => {
      const { world, ended } = daemon(["a"], { answerMs: 60_000 });
      const end = new AbortController();
      const all = [{ timeoutMs: 50 }, { signal: end.signal }].map((options) => ask(world, options));
      await assert.rejects(all[0] as Promise<unknown>);
      assert.deepEqual(ended, []);
      end.abort();
      await assert.rejects(all[1] as Promise<unknown>);
      await delay(0);
      assert.equal(ended.length, 1);
    });
  }

  it("is asked anew by who comes when the first has given up before his question was sent", async () => {
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

  it("hands any other failure to all who have asked, and is asked again by the next", async () => {
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
