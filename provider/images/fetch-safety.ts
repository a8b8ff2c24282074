/**
 * When a stream to the daemon is safe. A daemon that logs a failing fetch to an open `launch`, `find` or `wait-ready` can abort: measured on 1.16.3 and
 * 1.17. The others (`list`, `info`, `get`, `version`) are safe.
 */
import { fetchBegin } from "./fetch-schedule.ts";

/** Milliseconds that a fetch takes to fail where names cannot be resolved, with a margin. Measured: 1.0 s. */
export const QUICK_FAILURE_MS = 1_200;
/** The same where packets are dropped: the daemon gives each request up after 10 s. */
export const SLOW_FAILURE_MS = 11_000;
/** Milliseconds by which a fetch may begin earlier or end later than foretold. */
const MARGIN_MS = 300;
/** Milliseconds from the daemon's start after which its fetches, all failed, are at least 15 minutes apart; until then they are foretold. */
const FORETOLD_MS = 30 * 60_000;
/**
 * Milliseconds after which a launch is tried although this computer cannot read the image servers: the daemon may have a proxy or a mirror of its
 * own. Long, since a try in vain can abort it.
 */
export const BLIND_MS = 5 * 60_000;

/** What opens a stream, and how long it is likely to be open: both have to fit between two fetches. */
export const NEEDS_MS = { question: 5_000, launch: 30_000 };
export type Purpose = keyof typeof NEEDS_MS;

/** All that decides whether a stream is safe now. Times are milliseconds. */
export interface Moment {
  /** For how long this computer has been seen to read all servers that the daemon fetches from; undefined while it cannot. */
  readableFor: number | undefined;
  /** How long this computer has been seen to be without them, before or until now. */
  unreadableFor: number;
  /** How long a fetch takes to fail, at most. */
  failureMs: number;
  /** Since the daemon's start; undefined where that cannot be known. */
  daemonAge: number | undefined;
  /** Whether a fetch that has failed is repeated after 5, 10, 20 … s (since 1.14), or only after 15 minutes. */
  retries: boolean;
}

/**
 * | State | This computer | The daemon's fetch | A stream |
 * |---|---|---|---|
 * | `reachable` | reads the servers | succeeds | is safe |
 * | `settling` | has just begun to read them | one that began before may still fail | waits until that is over |
 * | `fetching` | cannot read them | is under way, or comes too soon | waits for the next gap |
 * | `between-fetches` | cannot read them | is over, and the next is far enough away | is safe |
 * | `unforeseeable` | cannot read them | cannot be foretold | waits for `BLIND_MS` |
 */
export type State = "reachable" | "settling" | "fetching" | "between-fetches" | "unforeseeable";

/** The state of a moment, and the milliseconds until a stream is safe: 0 is now. */
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
  // So long after its start its fetches are far apart.
  if (daemonAge !== undefined) return { state: "between-fetches", waitMs: 0 };
  return { state: "unforeseeable", waitMs: Math.max(0, BLIND_MS - unreadableFor) };
}

/** Milliseconds until no fetch can be under way for so long. Each that has failed late makes the following ones later. */
function untilGap(age: number, lengthMs: number, { failureMs, retries }: Moment): number {
  for (let fetch = 0; ; fetch++) {
    const end = fetchBegin(fetch, retries) + (fetch + 1) * failureMs + MARGIN_MS;
    const next = fetchBegin(fetch + 1, retries) - MARGIN_MS;
    const from = Math.max(age, end);
    if (next - from >= lengthMs) return from - age;
  }
}
