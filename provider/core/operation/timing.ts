import type { TimeoutsInput } from "../common.ts";
import type { RetryInput } from "../instance/waiting.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import { parseDuration } from "./deadline.ts";

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

/** The timeout of an operation on a resource, in milliseconds. */
export function timeoutOf(operation: keyof TimeoutsInput, inputs: { timeouts?: TimeoutsInput }): number {
  return parseDuration(inputs.timeouts?.[operation] ?? DEFAULT_TIMEOUTS[operation]) as number;
}

export function backoffOf({ retry = {} }: { retry?: RetryInput }): Backoff {
  const { initial, cap, factor, jitter } = DEFAULT_BACKOFF;
  return {
    initial: parseDuration(retry.initialDelay ?? "") ?? initial,
    factor: retry.factor ?? factor,
    cap: parseDuration(retry.maxDelay ?? "") ?? cap,
    jitter: retry.jitter ?? jitter,
  };
}
