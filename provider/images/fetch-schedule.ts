import type { Environment } from "../driver/binary.ts";
import { daemonAddresses } from "../driver/daemon-address.ts";

/** A computer whose files show when its daemon started. */
export interface DaemonComputer extends Environment {
  /** Time of a file's last change, in milliseconds since the epoch. */
  modified(path: string): number | undefined;
}

/**
 * The daemon fetches its image list when it starts. After a failure it retries 5 s later, then after 10 s, 20
 * s … up to every 15 minutes. Source: canonical/multipass `include/multipass/async_periodic_download_task.h`,
 * and measurements of a 1.17 daemon.
 */
const FIRST_RETRY_MS = 5_000;

/** Longest pause between two fetches, in milliseconds. */
export const LONGEST_RETRY_MS = 15 * 60_000;

/** Milliseconds from the daemon's start to fetch `number` (from 0), if all earlier ones failed at once. */
export function fetchBegin(number: number, retries = true): number {
  if (!retries) return number * LONGEST_RETRY_MS;
  let at = 0;
  let pause = FIRST_RETRY_MS;
  for (let fetch = 0; fetch < number; fetch++) {
    at += pause;
    pause = Math.min(2 * pause, LONGEST_RETRY_MS);
  }
  return at;
}

/** Number of fetches that have begun by this age of the daemon, if all failed at once. */
export function fetchesBy(age: number, retries = true): number {
  let number = 1;
  while (fetchBegin(number, retries) <= age) number++;
  return number;
}

/** Milliseconds after a predicted fetch at which the daemon is asked for its result. */
const LOOKS_MS = [300, 1_000, 3_000];
/** Milliseconds that a fetch takes to fail if names cannot be resolved; it delays the following fetches. */
const FAILURE_MS = 1_000;

/** Ages at which the daemon's next fetch may just have ended, if earlier ones failed within a second. */
export function looksAfter(age: number): number[] {
  for (let number = 1; ; number++) {
    const begins = [fetchBegin(number), fetchBegin(number) + number * FAILURE_MS];
    const looks = begins.flatMap((begin) => LOOKS_MS.map((ms) => begin + ms)).filter((look) => look > age);
    if (looks.length > 0) return looks.sort((a, b) => a - b);
  }
}

/**
 * Milliseconds from the daemon's start to its next fetch after `age`, if all failed at once so far. Each
 * fetch that fails late delays the following ones by as much.
 */
export function nextFetch(age: number): number {
  return fetchBegin(fetchesBy(age));
}

/**
 * When the daemon started, in milliseconds since the epoch: it recreates its socket at each start. Unknown on
 * Windows and for a daemon on a port, which have no socket file.
 */
export function daemonStart(computer: DaemonComputer): number | undefined {
  for (const address of daemonAddresses(computer)) {
    const time = "path" in address ? computer.modified(address.path) : undefined;
    if (time !== undefined) return time;
  }
  return undefined;
}
