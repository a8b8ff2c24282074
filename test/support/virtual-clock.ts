import type { Clock } from "../../provider/driver/clock.ts";

/**
 * A clock that stands still while any work can proceed without it, then jumps to the next sleeper's time.
 * Hours pass in milliseconds, always in the same order, and tests see exact delays.
 */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  #now = 0;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();
  #isAboutToJump = false;

  /** @param epoch milliseconds since the epoch at which this clock begins */
  constructor(epoch = 0) {
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
      this.#jumpSoon();
    });
  }

  #jumpSoon(): void {
    if (this.#isAboutToJump) return;
    this.#isAboutToJump = true;
    // Waits two turns, so that whatever was woken proceeds as far as it can.
    setImmediate(() =>
      setImmediate(() => {
        this.#isAboutToJump = false;
        const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until);
        if (!next) return;
        this.#now = Math.max(this.#now, next.until);
        next.wake();
        if (this.#sleepers.size > 0) this.#jumpSoon();
      }),
    );
  }
}
