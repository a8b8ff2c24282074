/**
 * When it is safe to open a stream to the daemon. If the daemon logs a failing fetch to an open `launch`,
 * `find` or `wait-ready`, it can abort: measured on 1.16.3 and 1.17. The other commands (`list`, `info`,
 * `get`, `version`) are safe.
 */
import { fetchBegin } from "./fetch-schedule.ts";

/** Milliseconds that a fetch takes to fail if names cannot be resolved, with a margin. Measured: 1.0 s. */
export const QUICK_FAILURE_MS = 1_200;
/** Milliseconds that a fetch takes to fail if packets are dropped: the daemon waits 10 s. */
export const SLOW_FAILURE_MS = 11_000;
/** Milliseconds by which a fetch may begin earlier or end later than predicted. */
const MARGIN_MS = 300;
/** Milliseconds from the daemon's start in which fetches are predicted. Later ones are 15 min apart. */
const FORETOLD_MS = 30 * 60_000;
/**
 * Milliseconds after which a launch is tried although this computer cannot read the image servers: the daemon
 * may have its own proxy or mirror. Long, since a failed attempt can abort the daemon.
 */
export const BLIND_MS = 5 * 60_000;

/** How long each kind of stream is likely to stay open. It must fit between two fetches. */
export const NEEDS_MS = { question: 5_000, launch: 30_000 };
export type Purpose = keyof typeof NEEDS_MS;

/** Everything that decides whether a stream is safe now. Times are milliseconds. */
export interface Moment {
  /** How long this computer has read all of the daemon's servers; undefined while it cannot. */
  readableFor: number | undefined;
  /** Time since the current or last outage began, as seen by this computer; 0 if there was none. */
  unreadableFor: number;
  /** Longest time that a fetch takes to fail. */
  failureMs: number;
  /** Time since the daemon's start; undefined if unknown. */
  daemonAge: number | undefined;
  /** Whether the daemon retries a failed fetch after 5, 10, 20 … s (since 1.14), or only after 15 minutes. */
  retries: boolean;
}

/**
 * | State | This computer | The daemon's fetch | A stream |
 * |---|---|---|---|
 * | `reachable` | reads the servers | succeeds | is safe |
 * | `settling` | has just begun to read them | an earlier one may still fail | waits until that is over |
 * | `fetching` | cannot read them | is under way, or comes too soon | waits for the next gap |
 * | `between-fetches` | cannot read them | is over, and the next is far enough away | is safe |
 * | `unforeseeable` | cannot read them | cannot be predicted | waits for `BLIND_MS` |
 */
export type State = "reachable" | "settling" | "fetching" | "between-fetches" | "unforeseeable";

/** The current state, and the milliseconds until a stream is safe (0 means now). */
export function safetyOf(purpose: Purpose, moment: Moment): { state: State; waitMs: number } {
  const { readableFor, unreadableFor, failureMs, daemonAge } = moment;
  const isForetold = daemonAge !== undefined && daemonAge < FORETOLD_MS;
  if (readableFor !== undefined) {
    const settled = Math.max(0, failureMs - readableFor);
    const mayFail = isForetold ? untilGap(daemonAge, 1, moment) : unreadableFor > 0 ? settled : 0;
    const waitMs = Math.min(settled, mayFail);
    return { state: waitMs > 0 ? "settling" : "reachable", waitMs };
  }
  if (isForetold) {
    const waitMs = untilGap(daemonAge, NEEDS_MS[purpose], moment);
    return { state: waitMs > 0 ? "fetching" : "between-fetches", waitMs };
  }
  // A daemon this old fetches only every 15 minutes or so.
  if (daemonAge !== undefined) return { state: "between-fetches", waitMs: 0 };
  return { state: "unforeseeable", waitMs: Math.max(0, BLIND_MS - unreadableFor) };
}

/** Milliseconds until a gap of this length. A fetch that fails late delays the following ones. */
function untilGap(age: number, lengthMs: number, { failureMs, retries }: Moment): number {
  for (let fetch = 0; ; fetch++) {
    const end = fetchBegin(fetch, retries) + (fetch + 1) * failureMs + MARGIN_MS;
    const next = fetchBegin(fetch + 1, retries) - MARGIN_MS;
    const from = Math.max(age, end);
    if (next - from >= lengthMs) return from - age;
  }
}
