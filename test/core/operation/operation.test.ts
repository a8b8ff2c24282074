import assert from "node:assert/strict";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { operationFor, surroundings } from "../../support/operations.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("an operation", () => {
  const begin = (ms: number, signal = new AbortController().signal) => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const say = (message: string) => void said.push(message);
    const given = surroundings(newMultipass("multipass", clock), clock, {
      signal,
      log: { status: say, info: say, warn: say },
    });
    return { clock, said, op: operationFor(ms, given) };
  };

  it("gives each call its remaining time, but a short call at most 5.5 minutes", async () => {
    const { clock, op } = begin(600_000);
    assert.deepEqual([op.bounds.timeoutMs, op.rest.timeoutMs], [330_000, 600_000]);
    await clock.sleep(400_000);
    assert.deepEqual([op.bounds.timeoutMs, op.rest.timeoutMs], [200_000, 200_000]);
  });

  it("begins no step after its deadline or the signal", async () => {
    const { clock, op } = begin(1_000);
    op.check("a step");
    await clock.sleep(1_000);
    assert.throws(() => op.check("a step"), /1s was not enough for a step/);
    const over = new AbortController();
    over.abort();
    assert.throws(
      () => begin(1_000, over.signal).op.check("a step"),
      (error) => isMultipassError(error, "cancelled"),
    );
  });

  it("finishes what must not be left undone, even after its deadline and the signal", async () => {
    const over = new AbortController();
    const { clock, op } = begin(1_000, over.signal);
    over.abort();
    await clock.sleep(1_000);
    const part = op.undisturbed(30_000);
    part.check("a clean-up");
    assert.equal(part.rest.timeoutMs, 30_000);
  });

  it("takes a last look for up to a minute, or two seconds if a user who cancelled is waiting", () => {
    const over = new AbortController();
    const { op } = begin(1_000, over.signal);
    assert.equal(op.lastLook().rest.timeoutMs, 60_000);
    over.abort();
    assert.equal(op.lastLook().rest.timeoutMs, 2_000);
    op.lastLook().check("a look");
  });

  it("has parts that end earlier, by their own deadline or another signal", async () => {
    const { clock, op } = begin(600_000);
    const closed = new AbortController();
    const [short, watched] = [op.lasting(1_000), op.endedBy(closed.signal)];
    await clock.sleep(1_000);
    closed.abort();
    assert.throws(() => short.check("a step"), /1s was not enough/);
    assert.throws(() => watched.check("a step"), /Cancelled/);
    op.check("a step");
  });

  it("says when it gives up", () => {
    const { op, said } = begin(600_000);
    const earliest = Date.now() + 600_000;
    op.countdown("waiting for the guest");
    const latest = Date.now() + 600_000;
    const clockOf = (at: number) => new Date(at).toTimeString().slice(0, 8);
    const allowed = [earliest, latest].map((at) => `waiting for the guest · gives up ${clockOf(at)}`);
    assert.ok(allowed.includes(said.join()), said.join());
  });

  it("reports a failure under the headline of the requested operation", async () => {
    const { clock, op } = begin(1_000);
    await clock.sleep(1_000);
    const work = async () => op.check("a launch");
    await assert.rejects(op.under('Unable to launch instance "dev"', work), (error: Error) => {
      assert.match(error.message, /^Unable to launch instance "dev": .*1s was not enough for a launch/);
      return true;
    });
  });
});
