import pRetry from "p-retry";
import type { Clock } from "../../driver/clock.ts";
import { cancelled, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { type Backoff, delayAfter } from "./backoff.ts";
import { type Deadline, formatSeconds } from "./deadline.ts";

/** The state after a failed attempt, when another will follow. */
export interface Wait {
  /** Number of the failed attempt, from 1. */
  attempt: number;
  /** Milliseconds until the next attempt, unless something wakes the wait earlier. */
  delay: number;
  error: MultipassError;
  /** Milliseconds left for the whole operation. */
  remaining: number;
}

export interface RetryOptions {
  clock: Clock;
  deadline: Deadline;
  /** May depend on the error: if something else signals when to retry, a long pause costs nothing. */
  backoff: Backoff | ((error: MultipassError) => Backoff);
  random?: () => number;
  signal?: AbortSignal | undefined;
  /** Which errors are worth another attempt. Default: those marked as transient. */
  retryable?: (error: MultipassError) => boolean;
  onWait?: (wait: Wait) => void;
  /** Cuts a wait short: ends when another attempt is worthwhile, or its signal is aborted. */
  wake?: (wait: Wait, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds after which a guest's refusal of the key counts as permanent. */
const REFUSED_MS = 60_000;

/**
 * Calls `attempt` until it succeeds, fails for good, or the deadline passes.
 *
 * p-retry only counts attempts: its own pauses use the system clock and cannot be cut short. It does not get
 * the signal, since it would then discard the result of an attempt that succeeded all the same.
 *
 * @throws the attempt's last error; `deadline` when time ran out, with the last error as evidence;
 *   `cancelled` on the signal
 */
export function retry<T>(attempt: (number: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, deadline, backoff, signal, random, onWait, wake } = options;
  const retryable = options.retryable ?? ((error) => error.transient);
  let last: MultipassError | undefined;
  let refusedSince: number | undefined;
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    async shouldRetry({ error, attemptNumber }) {
      if (last && deadline.expired && saysNothing(error)) throw outOfTime(last, attemptNumber, deadline);
      if (!isMultipassError(error) || !retryable(error)) return false;
      last = error;
      refusedSince = error.kind === "guest-access-denied" ? (refusedSince ?? clock.now()) : undefined;
      if (refusedSince !== undefined && clock.now() - refusedSince >= REFUSED_MS)
        throw new MultipassError(error.summary, { ...error, transient: false, cause: error });
      if (signal?.aborted) throw cancelled("Cancelled", error);
      const { remaining } = deadline;
      if (remaining === 0) throw outOfTime(error, attemptNumber, deadline);
      const pace = typeof backoff === "function" ? backoff(error) : backoff;
      const delay = Math.min(delayAfter(attemptNumber, pace, random), remaining);
      const wait: Wait = { attempt: attemptNumber, delay, error, remaining };
      onWait?.(wait);
      await pause(wait, { clock, signal, wake });
      if (signal?.aborted) throw cancelled("Cancelled", error);
      if (deadline.expired) throw outOfTime(error, attemptNumber, deadline);
      return true;
    },
  });
}

/** Whether an attempt failed only because time was up. The error before it says why. */
function saysNothing(error: unknown): boolean {
  return (
    isMultipassError(error, "call-timeout") ||
    (isMultipassError(error, "deadline") && error.cause === undefined)
  );
}

async function pause(
  wait: Wait,
  { clock, signal, wake }: Pick<RetryOptions, "clock" | "signal" | "wake">,
): Promise<void> {
  const over = new AbortController();
  const both = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  try {
    const news = wake?.(wait, both).catch((error) => {
      // The watcher asks the same host that is in trouble. If it fails, the pause runs its full length.
      if (!isMultipassError(error)) throw error;
      return new Promise<void>(() => undefined);
    });
    await Promise.race([clock.sleep(wait.delay, both), ...(news ? [news] : [])]);
  } finally {
    over.abort();
  }
}

function outOfTime(error: MultipassError, attempts: number, deadline: Deadline): MultipassError {
  const tries = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const { summary, details = summary, remedy } = error;
  return new MultipassError(`Gave up after ${formatSeconds(deadline.total)} and ${tries}`, {
    kind: "deadline",
    details,
    remedy,
    cause: error,
  });
}
