import { setTimeout as delay } from "node:timers/promises";
import { MultipassError } from "../../driver/errors.ts";
import { timerMs } from "../../driver/limits.ts";

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

/** The deadline of a whole operation. All its steps spend from it; each attempt gets what remains. */
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

  /** Milliseconds left. Less than one counts as none: no timer could measure it. */
  get remaining(): number {
    const left = this.total + this.#excused - this.elapsed;
    return left < 1 ? 0 : left;
  }

  /** Milliseconds left if all time that can be given back is given back. */
  get longest(): number {
    return this.remaining + this.total - this.#excused;
  }

  get expired(): boolean {
    return this.remaining === 0;
  }

  /** Gives back time spent waiting in a queue, at most as much as the total. */
  excuse(ms: number): void {
    this.#excused = Math.min(this.total, this.#excused + ms);
  }

  /** How long one step may take: its own limit, or the remaining time if that is less. */
  atMost(ms: number): number {
    return Math.min(ms, this.remaining);
  }

  /** @throws MultipassError of kind `deadline` when no time is left */
  check(waitingFor: string): void {
    if (this.expired) {
      throw new MultipassError("Out of time", {
        kind: "deadline",
        details: `${formatSeconds(this.total)} was not enough for ${waitingFor}`,
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

/** Durations in Go's syntax, as Pulumi's `customTimeouts`: `"90s"`, `"1h30m"`, `"1.5h"`, `"250ms"`. */
const UNITS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;

/** Milliseconds, or undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS], 0);
}

/** The local time in so many milliseconds, as `14:39:12`. Stays true while a display shows it. */
export function timeIn(ms: number): string {
  return new Date(Date.now() + ms).toTimeString().slice(0, 8);
}

/** Ends only when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
