import type { Log } from "./context.ts";
import { formatSeconds } from "./operation/deadline.ts";

/** Summarises an operation that succeeded, given its result and the milliseconds that it took. */
export type Outcome<R> = (result: R, ms: number) => string;

/**
 * A log that remembers whether a status is showing. Pulumi keeps the last status on a finished row ("created
 * (55s) cloud-init is running"). An empty status would leave a dangling "; ", so the outcome replaces it.
 */
export function withOutcome(log: Log): Log & { outcome(message: string): void } {
  let isBusy = false;
  return {
    status(message) {
      isBusy = true;
      log.status(message);
    },
    info(message) {
      isBusy = false;
      log.info(message);
    },
    warn(message) {
      isBusy = false;
      log.warn(message);
    },
    outcome(message) {
      if (isBusy) log.status(message);
    },
  };
}

export function instanceOutcome(
  { state, ipAddress }: { state: string; ipAddress: string },
  ms: number,
): string {
  // Rounds down, as Pulumi does with the time that it shows beside it.
  const time = formatSeconds(Math.floor(ms / 1000) * 1000);
  if (state !== "Running") return `${state.toLowerCase()} after ${time}`;
  return `ready ${ipAddress === "" ? "" : `at ${ipAddress} `}after ${time}`;
}

export function deletionOutcome({ name, deletionPolicy }: { name: string; deletionPolicy?: string }): string {
  return deletionPolicy === "keep"
    ? `\`multipass recover ${name}\` brings it back`
    : `instance "${name}" is purged`;
}
