import { statSync } from "node:fs";
import type { Host } from "../driver/binary.ts";
import { daemonAddresses } from "../host/watch.ts";

/**
 * The daemon fetches its image list at its start; after a failure again 5 s later, then after 10 s, 20 s … up to every 15 minutes.
 * Source: canonical/multipass `include/multipass/async_periodic_download_task.h`, and measurements of a 1.17 daemon.
 */
const FIRST_RETRY_MS = 5_000;

/** Milliseconds between two fetches at the most. */
export const LONGEST_RETRY_MS = 15 * 60_000;

/** Milliseconds from the daemon's start to its fetch of this number, from 0, if all before have failed at once. */
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

/** How many fetches have begun by this age of the daemon, if all have failed at once. */
export function fetchesBy(age: number, retries = true): number {
  let number = 1;
  while (fetchBegin(number, retries) <= age) number++;
  return number;
}

/** Milliseconds from a moment for which a fetch is foretold at which the daemon is asked how it has ended. */
const LOOKS_MS = [300, 1_000, 3_000];
/** Milliseconds that a fetch takes to fail where names cannot be resolved, by which the following ones are later. */
const FAILURE_MS = 1_000;

/** Ages of the daemon at which its next fetch may just have ended: the fetches before have failed at once, or after a second each. */
export function looksAfter(age: number): number[] {
  for (let number = 1; ; number++) {
    const begins = [fetchBegin(number), fetchBegin(number) + number * FAILURE_MS];
    const looks = begins.flatMap((begin) => LOOKS_MS.map((ms) => begin + ms)).filter((look) => look > age);
    if (looks.length > 0) return looks.sort((a, b) => a - b);
  }
}

/**
 * Milliseconds from the daemon's start to its next fetch, seen from `age` milliseconds after its start, if all have failed at once so far. Each
 * that has taken its time before it failed makes the following ones as much later.
 */
export function nextFetch(age: number): number {
  return fetchBegin(fetchesBy(age));
}

/**
 * When the daemon was started, in milliseconds since the epoch: it makes its socket anew at each start. On Windows, and where it listens on a
 * port, there is no file whose age could be read.
 */
export function daemonStart(host: Host = process, modified = modificationTime): number | undefined {
  for (const address of daemonAddresses(host)) {
    const time = "path" in address ? modified(address.path) : undefined;
    if (time !== undefined) return time;
  }
  return undefined;
}

function modificationTime(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    // Not there, or in a folder that only the daemon's user may read.
    return undefined;
  }
}
