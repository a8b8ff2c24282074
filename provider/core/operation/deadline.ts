import type { Clock } from "../../driver/clock.ts";
import { MultipassError } from "../../driver/errors.ts";

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
