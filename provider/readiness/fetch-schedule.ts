import { statSync } from "node:fs";
import type { Host } from "../multipass/binary.ts";
import { daemonAddresses } from "./host-watch.ts";

/**
 * The daemon fetches its image list at its start; after a failure again 5 s later, then after 10 s, 20 s … up to every 15 minutes.
 * Source: canonical/multipass `include/multipass/async_periodic_download_task.h`, and measurements of a 1.17 daemon.
 */
const FIRST_RETRY_MS = 5_000;

/** Milliseconds between two fetches at the most. */
export const LONGEST_RETRY_MS = 15 * 60_000;

/**
 * Milliseconds from the daemon's start to its next fetch, seen from `age` milliseconds after its start, if all have failed at once so far. Each
 * that has taken its time before it failed makes the following ones as much later.
 */
export function nextFetch(age: number): number {
  let at = 0;
  for (let pause = FIRST_RETRY_MS; at <= age; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) at += pause;
  return at;
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
