/** How long to wait between attempts: `initial × factor^n`, at most `cap`, spread by `jitter`. */
export interface Backoff {
  /** Milliseconds before the second attempt. */
  initial: number;
  /** At least 1. */
  factor: number;
  /** Milliseconds; no delay is longer. */
  cap: number;
  /** 0 to 1: the share of a delay that is left to chance, so that many waiting creates do not all come at once. */
  jitter: number;
}

/**
 * 5 s, 15 s, 45 s, then every 60 s. The first equals the daemon's own first retry (5 s); the cap keeps what is lost at the end of
 * a long outage under a minute, where the daemon's own schedule would lose 15.
 */
export const DEFAULT_BACKOFF: Backoff = { initial: 5_000, factor: 3, cap: 60_000, jitter: 0.2 };

/**
 * Milliseconds to wait after the attempt of this number (1 = the first) has failed.
 *
 * Jitter shortens, never lengthens: `cap` is a promise, and a delay that chance can double is none.
 */
export function delayAfter(attempt: number, backoff: Backoff, random: () => number = Math.random): number {
  const exact = Math.min(backoff.cap, backoff.initial * backoff.factor ** (attempt - 1));
  return Math.round(exact * (1 - backoff.jitter * random()));
}
