import { setTimeout as delay } from "node:timers/promises";
import { timerMs } from "./limits.ts";

/** An injectable clock: tests of a 15-minute back-off take milliseconds. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Ends after `ms` milliseconds, or immediately (without an error) when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Converts milliseconds since the epoch, such as a file's time, to a moment on this clock. */
  momentOf(epochMs: number): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  momentOf: (epochMs) => performance.now() - (Date.now() - epochMs),
  async sleep(ms, signal) {
    const end = performance.now() + ms;
    do {
      // A timer counts whole milliseconds and may fire up to one early. The caller would then find time left.
      await delay(timerMs(end - performance.now()), undefined, signal ? { signal } : {}).catch((error) => {
        if (!signal?.aborted) throw error;
      });
    } while (!signal?.aborted && performance.now() < end);
  },
};

/** Ends only when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
