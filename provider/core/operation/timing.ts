import type { TimeoutsInput } from "../common.ts";
import type { RetryInput } from "../instance/waiting.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import { parseDuration } from "./duration.ts";

/**
 * The default timeout of each operation. A create must outlast the daemon's longest pause (15 min), then
 * download and boot. The others may meet a daemon that is busy with a stop (5 min).
 */
export const DEFAULT_TIMEOUTS: Required<TimeoutsInput> = {
  create: "30m",
  update: "20m",
  delete: "10m",
  read: "10m",
};

/** Milliseconds that an operation on a resource may take. */
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
