import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for work that must end before a timer of this process. A busy computer delays both, but not a clock.
 */
export async function endsBefore(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = delay(ms, "late", { signal: over.signal }).catch(() => undefined);
  assert.equal(
    await Promise.race([work.then(() => "in time"), late]),
    "in time",
    `still running after ${ms} ms`,
  );
  over.abort();
}
