import assert from "node:assert/strict";
import { systemClock } from "../../provider/driver/clock.ts";

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
