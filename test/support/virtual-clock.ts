import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../provider/readiness/clock.ts";

/** A clock that jumps to whatever is slept for next: hours pass in milliseconds, and always in the same order. */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  #now = 0;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();

  /** @param epoch milliseconds since the epoch at which this clock begins */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  momentOf(epochMs: number): number {
    return epochMs - this.#epoch;
  }

  /** Milliseconds since the epoch. */
  date(): number {
    return this.#epoch + this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        until: this.#now + Math.max(0, ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  /** Lets time pass until the work is over. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const ended = work.finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    for (;;) {
      // Whatever has been woken goes as far as it can.
      await turn();
      await turn();
      if (isOver) return ended;
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until);
      if (!next) continue;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
    }
  }
}
