import pRetry from "p-retry";
import { cancelled, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { type Backoff, delayAfter } from "./backoff.ts";
import { type Clock, type Deadline, formatSeconds } from "./clock.ts";

/** What is known when an attempt has failed and another will follow. */
export interface Wait {
  /** Number of the attempt that failed, from 1. */
  attempt: number;
  /** Milliseconds until the next one, unless something wakes the wait before. */
  delay: number;
  error: MultipassError;
  /** Milliseconds left of the whole operation. */
  remaining: number;
}

export interface RetryOptions {
  clock: Clock;
  deadline: Deadline;
  /** May depend on what went wrong: where something else tells that another attempt is worth its price, a long pause costs nothing. */
  backoff: Backoff | ((error: MultipassError) => Backoff);
  random?: () => number;
  signal?: AbortSignal | undefined;
  /** Which errors are worth another attempt. Default: those that say so themselves. */
  retryable?: (error: MultipassError) => boolean;
  /** Told of each wait before it begins. */
  onWait?: (wait: Wait) => void;
  /**
   * Cuts a wait short: a promise that ends when the world has changed, so that another attempt is worth its price now. It must end
   * when its signal is raised.
   */
  wake?: (wait: Wait, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds for which a guest may refuse the key: after that it does so for good. */
const REFUSED_MS = 60_000;

/**
 * Calls `attempt` until it succeeds, fails for good, or the deadline is over.
 *
 * p-retry counts the attempts. The pause between them is ours: p-retry's own follows the system's clock and cannot be cut short. Nor does
 * p-retry get the signal, since it would throw away the result of an attempt that succeeded all the same.
 *
 * @throws the attempt's last error; `deadline` when time ran out, with the last error as evidence; `cancelled` on the signal
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
      const delay = delayAfter(
        attemptNumber,
        typeof backoff === "function" ? backoff(error) : backoff,
        random,
      );
      const remaining = deadline.remaining;
      if (remaining === 0) throw outOfTime(error, attemptNumber, deadline);
      const wait: Wait = { attempt: attemptNumber, delay: Math.min(delay, remaining), error, remaining };
      onWait?.(wait);
      await pause(wait, { clock, signal, wake });
      if (signal?.aborted) throw cancelled("Cancelled", error);
      if (deadline.expired) throw outOfTime(error, attemptNumber, deadline);
      return true;
    },
  });
}

/** Whether an attempt has only found its time over, or was cut off by that. What failed before says why. */
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
      // What watches for news asks the same host that is in trouble. Then there is none, and the pause has its length.
      if (!isMultipassError(error)) throw error;
      return new Promise<void>(() => undefined);
    });
    await Promise.race([clock.sleep(wait.delay, both), ...(news ? [news] : [])]);
  } finally {
    over.abort();
  }
}

function outOfTime(error: MultipassError, attempts: number, deadline: Deadline): MultipassError {
  return new MultipassError(
    `Gave up after ${formatSeconds(deadline.total)} and ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    {
      kind: "deadline",
      details: error.details ?? error.summary,
      remedy: error.remedy,
      cause: error,
    },
  );
}
