import assert from "node:assert/strict";
import { DEFAULT_BACKOFF, delayAfter } from "../../../provider/core/operation/backoff.ts";
import { Deadline } from "../../../provider/core/operation/deadline.ts";
import { type RetryOptions, retry, type Wait } from "../../../provider/core/operation/retry.ts";
import { type ErrorKind, MultipassError } from "../../../provider/driver/errors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const transient = () =>
  new MultipassError("x", { kind: "images-unreachable", transient: true, details: "no list" });
const permanent = () => new MultipassError("x", { kind: "image-unknown" });

/** Fails `failures` times, then succeeds; returns the delays between attempts in virtual seconds. */
async function run(
  failures: number,
  {
    clock = new VirtualClock(),
    totalMs = 3_600_000,
    ...o
  }: Partial<RetryOptions & { clock: VirtualClock; totalMs: number }> = {},
) {
  const starts: number[] = [];
  const waits: Wait[] = [];
  const outcome = await retry(
    async (number) => {
      starts.push(clock.now());
      if (number <= failures) throw transient();
      return "done";
    },
    {
      clock,
      deadline: new Deadline(clock, totalMs),
      backoff: DEFAULT_BACKOFF,
      random: () => 0,
      onWait: (wait) => waits.push(wait),
      ...o,
    },
  ).catch((error) => error);
  const delays = starts.slice(1).map((at, index) => (at - (starts[index] as number)) / 1000);
  return { outcome, delays, waits, now: clock.now() };
}

/** A single pause of half a minute. */
const HALF_A_MINUTE = { initial: 30_000, factor: 1, cap: 30_000, jitter: 0 };

describe("retry", () => {
  it("waits 5 s, 15 s, 45 s, then 60 s at a time by default", async () => {
    const { outcome, delays } = await run(6);
    assert.equal(outcome, "done");
    assert.deepEqual(delays, [5, 15, 45, 60, 60, 60]);
  });

  it("follows the given back-off", async () => {
    const { delays } = await run(5, { backoff: { initial: 1000, factor: 2, cap: 6000, jitter: 0 } });
    assert.deepEqual(delays, [1, 2, 4, 6, 6]);
  });

  /**
   * How a retry ends if its first attempt fails, and its second takes all the remaining time and ends like
   * this.
   */
  const atTheEnd = (end: (deadline: Deadline) => void) => {
    const clock = new VirtualClock();
    const deadline = new Deadline(clock, 10_000);
    return retry(
      async (number) => {
        if (number === 1) throw transient();
        await clock.sleep(deadline.remaining);
        end(deadline);
      },
      { clock, deadline, backoff: DEFAULT_BACKOFF, random: () => 0 },
    ).catch((e) => e);
  };

  for (const [what, end] of [
    ["finds its time over", (deadline: Deadline) => deadline.check("its turn")],
    [
      "is cut off by it",
      () => {
        throw new MultipassError("x", { kind: "call-timeout", transient: true, details: "no end after 5 s" });
      },
    ],
  ] as const)
    it(`keeps the last failure as evidence even if the next attempt ${what}`, async () => {
      const error = await atTheEnd(end);
      assert.deepEqual(
        [error.kind, error.details, error.cause?.kind],
        ["deadline", "no list", "images-unreachable"],
      );
    });

  it("continues after a call that did not answer while there is time", async () => {
    const clock = new VirtualClock();
    const outcome = await retry(
      async (number) => {
        if (number === 1) throw transient();
        if (number === 2) throw new MultipassError("x", { kind: "call-timeout", transient: true });
        return number;
      },
      { clock, deadline: new Deadline(clock, 600_000), backoff: DEFAULT_BACKOFF },
    );
    assert.equal(outcome, 3);
  });

  for (const [what, last] of [
    ["of something else", permanent()],
    [
      "of a time that had a reason of its own",
      new MultipassError("y", { kind: "deadline", cause: transient() }),
    ],
  ] as const)
    it(`throws the last attempt's failure unchanged if it failed ${what}`, async () => {
      const error = await atTheEnd(() => {
        throw last;
      });
      assert.equal(error, last);
    });

  /** One attempt that takes this long and fails, then others that succeed. */
  async function slow(ms: number, during: () => void = () => undefined, signal?: AbortSignal) {
    const clock = new VirtualClock();
    const waits: Wait[] = [];
    let attempts = 0;
    const outcome = await retry(
      async (number) => {
        attempts = number;
        if (number > 1) return "done";
        await clock.sleep(ms);
        during();
        throw transient();
      },
      {
        clock,
        deadline: new Deadline(clock, 10_000),
        backoff: DEFAULT_BACKOFF,
        onWait: (wait) => void waits.push(wait),
        signal,
      },
    ).catch((e) => e);
    return { outcome, waits, attempts };
  }

  it("does not wait if an attempt has used up the time", async () => {
    const { outcome, waits, attempts } = await slow(10_000);
    assert.match(outcome.message, /^Gave up after 10s and 1 attempt: no list/);
    assert.deepEqual([outcome.kind, waits, attempts], ["deadline", [], 1]);
  });

  it("waits for the last millisecond, and makes no attempt after that", async () => {
    const { outcome, waits, attempts } = await slow(9_999);
    assert.deepEqual([outcome.kind, waits[0]?.delay, waits[0]?.remaining, attempts], ["deadline", 1, 1, 1]);
  });

  it("does not wait if told to end during an attempt", async () => {
    const controller = new AbortController();
    const { outcome, waits, attempts } = await slow(1_000, () => controller.abort(), controller.signal);
    assert.deepEqual(
      [outcome.kind, outcome.summary, outcome.cause.details, waits, attempts],
      ["cancelled", "Cancelled", "no list", [], 1],
    );
  });

  it("shortens each pause by at most the jitter, and never lengthens it", async () => {
    assert.deepEqual((await run(4, { random: () => 1 })).delays, [4, 12, 36, 48]);
    for (let i = 0; i < 200; i++) {
      const delay = delayAfter(5, DEFAULT_BACKOFF);
      assert.ok(delay <= 60_000 && delay >= 48_000, String(delay));
    }
  });

  it("ends at the deadline with the last error as evidence, and never exceeds its time", async () => {
    const { outcome, now, delays } = await run(Number.POSITIVE_INFINITY, { totalMs: 100_000 });
    assert.equal(outcome.kind, "deadline");
    assert.match(outcome.message, /1m 40s and 4 attempts.*no list/s);
    assert.deepEqual(delays, [5, 15, 45]);
    assert.equal(now, 100_000);
  });

  it("throws permanent errors immediately", async () => {
    const clock = new VirtualClock();
    let attempts = 0;
    const error = await retry(
      async () => {
        attempts++;
        throw permanent();
      },
      { clock, deadline: new Deadline(clock, 1000), backoff: DEFAULT_BACKOFF },
    ).catch((e) => e);
    assert.equal(error.kind, "image-unknown");
    assert.equal(attempts, 1);
    assert.equal(clock.now(), 0);
  });

  it("throws a fault in our own code immediately and unchanged", async () => {
    const clock = new VirtualClock();
    const fault = new TypeError("x is not a function");
    const error = await retry(() => Promise.reject(fault), {
      clock,
      deadline: new Deadline(clock, 1000),
      backoff: DEFAULT_BACKOFF,
    }).catch((e) => e);
    assert.equal(error, fault);
  });

  /** How a retry every 20 s ends if its attempts fail with these kinds in turn, repeating the last one. */
  const failingWith = async (...kinds: ErrorKind[]) => {
    const clock = new VirtualClock();
    let attempts = 0;
    const error = await retry(
      (number) => {
        attempts = number;
        const kind = kinds[number - 1] ?? (kinds.at(-1) as ErrorKind);
        return Promise.reject(new MultipassError("x", { kind, transient: true, details: "said so" }));
      },
      {
        clock,
        deadline: new Deadline(clock, 600_000),
        backoff: { initial: 20_000, factor: 1, cap: 20_000, jitter: 0 },
      },
    ).catch((e) => e);
    return { kind: error.kind, transient: error.transient, details: error.details, attempts };
  };

  it("gives up on a guest that has refused the key for a minute", async () => {
    assert.deepEqual(await failingWith("guest-access-denied"), {
      kind: "guest-access-denied",
      transient: false,
      details: "said so",
      attempts: 4,
    });
  });

  it("restarts that minute after any other failure", async () => {
    const denied = Array<ErrorKind>(3).fill("guest-access-denied");
    const { attempts } = await failingWith(...denied, "guest-unreachable", "guest-access-denied");
    assert.equal(attempts, 8);
  });

  it("is cut short by a change in the environment", async () => {
    const clock = new VirtualClock();
    const wake: RetryOptions["wake"] = (_wait, signal) => clock.sleep(700, signal);
    const { outcome, delays } = await run(1, { clock, backoff: HALF_A_MINUTE, wake });
    assert.deepEqual([outcome, delays], ["done", [0.7]]);
  });

  it("is not ended by a failing watch for such changes", async () => {
    const { outcome, delays } = await run(1, {
      backoff: HALF_A_MINUTE,
      wake: () => Promise.reject(transient()),
    });
    assert.deepEqual([outcome, delays], ["done", [30]]);
  });

  it("is ended by a fault in the code of such a watch", async () => {
    const fault = new TypeError("x is not a function");
    const { outcome } = await run(1, { backoff: HALF_A_MINUTE, wake: () => Promise.reject(fault) });
    assert.equal(outcome, fault);
  });

  it("can have pauses that depend on the error", async () => {
    const { delays } = await run(2, {
      backoff: ({ kind }) =>
        kind === transient().kind ? { ...DEFAULT_BACKOFF, initial: 60_000, jitter: 0 } : DEFAULT_BACKOFF,
    });
    assert.deepEqual(delays, [60, 60]);
  });

  it("ends immediately on the signal, even during a pause", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    let attempts = 0;
    const attempt = (number: number) => {
      attempts = number;
      return Promise.reject(transient());
    };
    const error = await retry(attempt, {
      clock,
      deadline: new Deadline(clock, 600_000),
      backoff: DEFAULT_BACKOFF,
      random: () => 0,
      signal: controller.signal,
      onWait: ({ attempt }) => {
        if (attempt === 2) controller.abort();
      },
    }).catch((e) => e);
    assert.deepEqual([error.kind, error.summary, attempts], ["cancelled", "Cancelled", 2]);
    assert.equal(clock.now(), 5000);
  });

  it("reports each wait: the attempt, the delay, the remaining time", async () => {
    const { waits } = await run(2, { totalMs: 60_000 });
    assert.deepEqual(
      waits.map(({ attempt, delay, remaining }) => ({ attempt, delay, remaining })),
      [
        { attempt: 1, delay: 5_000, remaining: 60_000 },
        { attempt: 2, delay: 15_000, remaining: 55_000 },
      ],
    );
  });
});
