import type { CallOptions } from "../multipass/driver.ts";
import { type ErrorKind, isMultipassError } from "../multipass/errors.ts";
import { DEFAULT_BACKOFF } from "../readiness/backoff.ts";
import { type Deadline, formatSeconds } from "../readiness/clock.ts";
import { retry } from "../readiness/retry.ts";
import type { Context } from "./context.ts";
import { backoffOf, type RetryInput } from "./timing.ts";

/** Errors of the host, not of one instance: while they last no instance can be launched, so all wait together. */
export const HOST_ERRORS: readonly ErrorKind[] = [
  "daemon-unreachable",
  "daemon-initialising",
  "images-unreachable",
  "download-failed",
  "image-server-untrusted",
];

/** Milliseconds between two looks at an instance that is on its way. */
export const POLL = { initial: 1_000, factor: 1.5, cap: 5_000, jitter: 0 };

/** Looks for the instance, and waits for the daemon if need be: one that does not answer says nothing about an instance. */
export function findPatiently(
  ctx: Context,
  name: string,
  inputs: { retry?: RetryInput },
  deadline: Deadline,
  find = (options: CallOptions) => ctx.host.world.find(name, options),
) {
  return retry(() => sayingSilence(ctx, find({ timeoutMs: deadline.remaining, signal: ctx.signal })), {
    clock: ctx.clock,
    random: ctx.random,
    deadline,
    backoff: backoffOf(inputs),
    signal: ctx.signal,
    retryable: (error) => isMultipassError(error, ...HOST_ERRORS, "call-timeout", "bad-output"),
    onWait: ({ attempt }) => ctx.log.status(`waiting for the Multipass daemon · try ${attempt} failed`),
  });
}

/** Milliseconds without an answer after which that is shown. */
const SILENT_MS = 60_000;

/** Shows that the daemon does not answer, while it is waited for. */
async function sayingSilence<T>({ clock, log }: Context, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  clock.sleep(SILENT_MS, over.signal).then(() => {
    if (!over.signal.aborted)
      log.status("the Multipass daemon does not answer: another command holds it, or it has hung");
  });
  return answer.finally(() => over.abort());
}

/** A call that may be made any number of times: again as long as what keeps it from succeeding is likely to pass. */
export function patiently<T>(
  ctx: Context,
  deadline: Deadline,
  call: (options: { timeoutMs: number; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  return retry(() => call({ timeoutMs: deadline.remaining, signal: ctx.signal }), {
    clock: ctx.clock,
    random: ctx.random,
    deadline,
    backoff: { ...DEFAULT_BACKOFF, initial: POLL.initial },
    signal: ctx.signal,
    onWait: ({ attempt, error, remaining }) =>
      ctx.log.status(`try ${attempt} failed: ${error.brief} · ${formatSeconds(remaining)} left`),
  });
}
