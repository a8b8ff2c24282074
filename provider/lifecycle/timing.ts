import { cancelled, type ErrorKind } from "../multipass/errors.ts";
import { type Backoff, DEFAULT_BACKOFF } from "../readiness/backoff.ts";
import { Deadline } from "../readiness/clock.ts";
import { parseDuration } from "../readiness/duration.ts";
import type { Context } from "./context.ts";

export interface TimeoutsInput {
  create?: string;
  update?: string;
  delete?: string;
  read?: string;
}

export interface RetryInput {
  initialDelay?: string;
  factor?: number;
  maxDelay?: string;
  jitter?: number;
}

/**
 * How long each operation may take where nothing is said. A create has to outlast the longest pause of the daemon's own schedule
 * (15 min) and then download and boot; the others meet a daemon that is busy with a stop (5 min).
 */
export const DEFAULT_TIMEOUTS: Required<TimeoutsInput> = {
  create: "30m",
  update: "20m",
  delete: "10m",
  read: "10m",
};

/** Milliseconds that any one call may hold: longer than the daemon can be busy with another client's stop (300 s). */
const CALL_MS = 330_000;

/** How a client ends that leaves it open what the daemon does. */
export const UNHEARD: readonly ErrorKind[] = ["cancelled", "deadline", "call-timeout"];

/** Time for a last look at what the daemon has done, after the operation has ended. A user who has cancelled the run waits for it. */
export function lastLook({ clock, signal }: Pick<Context, "clock" | "signal">): Deadline {
  return new Deadline(clock, signal.aborted ? 2_000 : 60_000);
}

/** The same for what must not be left undone: with a signal of its own, which no end of this process raises. It needs a deadline of its own, too. */
export function unhurried(ctx: Context): Context {
  return { ...ctx, signal: new AbortController().signal };
}

/** The bounds of one call within an operation. */
export function bounds(
  ctx: Pick<Context, "signal">,
  deadline: Deadline,
): { timeoutMs: number; signal: AbortSignal } {
  return { timeoutMs: deadline.within(CALL_MS), signal: ctx.signal };
}

/**
 * Whether there is any point in the next step.
 *
 * @throws MultipassError `cancelled` on the signal, `deadline` where no time is left
 */
export function mayGoOn(ctx: Pick<Context, "signal">, deadline: Deadline, to: string): void {
  if (ctx.signal.aborted) throw cancelled();
  deadline.check(to);
}

/**
 * The end of some work that cannot be bounded itself, since others wait for it, too, or that is no call of the client: a download, the restart
 * of a service. It goes on by itself.
 *
 * @throws MultipassError `deadline` where there was no time for it
 */
export async function withinTime<T>(
  ctx: Pick<Context, "signal" | "clock">,
  deadline: Deadline,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const expiry = ctx.clock.sleep(deadline.remaining, AbortSignal.any([ctx.signal, over.signal])).then(() => {
    if (!over.signal.aborted) mayGoOn(ctx, deadline, what);
    return work;
  });
  // Where the work ends first, nobody hears of what becomes of the other promise: a failure of it would end the process.
  expiry.catch(() => undefined);
  return Promise.race([work, expiry]).finally(() => over.abort());
}

/** Milliseconds that the operation may take. */
export function timeoutOf(operation: keyof TimeoutsInput, inputs: { timeouts?: TimeoutsInput }): number {
  return parseDuration(inputs.timeouts?.[operation] ?? DEFAULT_TIMEOUTS[operation]) as number;
}

export function backoffOf({ retry = {} }: { retry?: RetryInput }): Backoff {
  return {
    initial:
      retry.initialDelay === undefined
        ? DEFAULT_BACKOFF.initial
        : (parseDuration(retry.initialDelay) as number),
    factor: retry.factor ?? DEFAULT_BACKOFF.factor,
    cap: retry.maxDelay === undefined ? DEFAULT_BACKOFF.cap : (parseDuration(retry.maxDelay) as number),
    jitter: retry.jitter ?? DEFAULT_BACKOFF.jitter,
  };
}
