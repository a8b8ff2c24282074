import { setTimeout as delay } from "node:timers/promises";
import { MultipassError } from "../../driver/errors.ts";

/** Time, as something that is handed in: tests of a 15 minute back-off then take milliseconds. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Ends after `ms` milliseconds, or at once (without an error) when the signal is raised. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The moment on this clock of a moment in milliseconds since the epoch, such as a file's time. */
  momentOf(epochMs: number): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  momentOf: (epochMs) => performance.now() - (Date.now() - epochMs),
  async sleep(ms, signal) {
    const end = performance.now() + ms;
    do {
      // A timer counts in whole milliseconds and may fire up to one too early: whoever then looked at the time would find some left.
      await delay(timerMs(end - performance.now()), undefined, signal ? { signal } : {}).catch((error) => {
        if (!signal?.aborted) throw error;
      });
    } while (!signal?.aborted && performance.now() < end);
  },
};

/** Milliseconds as every timer takes them: whole, at least one, and no more than `setTimeout` can count, which would fire at once. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms)), 2 ** 31 - 1);
}

/** The end of a whole operation. All of its steps spend from it; each attempt gets what remains. */
export class Deadline {
  readonly #clock: Clock;
  readonly #start: number;
  readonly total: number;
  #excused = 0;

  constructor(clock: Clock, totalMs: number) {
    this.#clock = clock;
    this.#start = clock.now();
    this.total = totalMs;
  }

  /** Milliseconds since the operation began. */
  get elapsed(): number {
    return this.#clock.now() - this.#start;
  }

  /** Milliseconds left. Less than one is none: no timer could tell it. */
  get remaining(): number {
    const left = this.total + this.#excused - this.elapsed;
    return left < 1 ? 0 : left;
  }

  /** Milliseconds left if all the time is given back that can be. */
  get longest(): number {
    return this.remaining + this.total - this.#excused;
  }

  get expired(): boolean {
    return this.remaining === 0;
  }

  /** Gives time back in which nothing could be done but to stand in line: at most as much as there was. */
  excuse(ms: number): void {
    this.#excused = Math.min(this.total, this.#excused + ms);
  }

  /** What one step may take: its own bound, or what is left if that is less. */
  within(ms: number): number {
    return Math.min(ms, this.remaining);
  }

  /** @throws MultipassError of kind `deadline` when nothing is left */
  check(waitingFor: string): void {
    if (this.expired) {
      throw new MultipassError("Out of time", {
        kind: "deadline",
        details: `${formatSeconds(this.total)} were not enough for ${waitingFor}`,
      });
    }
  }
}

/** `75_000` → `1m 15s`. */
export function formatSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return "<1s";
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  return minutes % 60 === 0
    ? `${Math.floor(minutes / 60)}h`
    : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** Ends on the signal alone. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
