/** How long to wait between attempts: `initial × factor^n`, at most `cap`, spread by `jitter`. */
export interface Backoff {
  /** Milliseconds before the second attempt. */
  initial: number;
  /** At least 1. */
  factor: number;
  /** Milliseconds; no delay is longer. */
  cap: number;
  /** 0 to 1: the random share of a delay, so that many waiting creates do not all retry at once. */
  jitter: number;
}

/**
 * 5 s, 15 s, 45 s, then every 60 s. The first delay equals the daemon's own first retry (5 s). The cap loses
 * under a minute after a long outage, where the daemon's own schedule would lose 15.
 */
export const DEFAULT_BACKOFF: Backoff = { initial: 5_000, factor: 3, cap: 60_000, jitter: 0.2 };

/** Milliseconds to wait after attempt number `attempt`, from 1. Jitter only shortens: `cap` is a promise. */
export function delayAfter(attempt: number, backoff: Backoff, random: () => number = Math.random): number {
  const exact = Math.min(backoff.cap, backoff.initial * backoff.factor ** (attempt - 1));
  return Math.round(exact * (1 - backoff.jitter * random()));
}
