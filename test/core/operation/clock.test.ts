import assert from "node:assert/strict";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { systemClock } from "../../../provider/core/operation/clock.ts";
import { operationFor, surroundings } from "../../support/operations.ts";
import { scaledClock } from "../../support/scaled-clock.ts";

describe("the system's clock", () => {
  it("sleeps until the time is really over", async () => {
    const short = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const ms = 5 + index * 0.37;
        const end = systemClock.now() + ms;
        await systemClock.sleep(ms);
        return end - systemClock.now();
      }),
    );
    assert.deepEqual(
      short.filter((left) => left > 0),
      [],
    );
  });

  it("ends a sleep on the signal, even one raised before", async () => {
    const over = new AbortController();
    const began = systemClock.now();
    setTimeout(() => over.abort(), 20);
    await systemClock.sleep(60_000, over.signal);
    await systemClock.sleep(60_000, over.signal);
    assert.ok(systemClock.now() - began < 5_000);
  });
});

describe("work without a limit of its own", () => {
  for (const [what, clock] of Object.entries({ "the system's": systemClock, "a scaled": scaledClock(20) })) {
    it(`is waited for until the deadline and no longer, on ${what} clock`, async () => {
      const given = surroundings(newMultipass("multipass", clock), clock);
      await Promise.all(
        Array.from({ length: 60 }, (_, index) => {
          const op = operationFor(10 + index * 0.61, given);
          return assert.rejects(op.within("a miracle", new Promise(() => {})), {
            kind: "deadline",
          });
        }),
      );
    });
  }
});
