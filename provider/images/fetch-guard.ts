import { uptime } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock } from "../driver/clock.ts";
import {
  BLIND_MS,
  type Moment,
  type Purpose,
  QUICK_FAILURE_MS,
  SLOW_FAILURE_MS,
  safetyOf,
} from "./fetch-safety.ts";
import { type DaemonComputer, daemonStart, fetchesBy } from "./fetch-schedule.ts";
import { neverReachedServer } from "./http.ts";

/** Milliseconds between two looks while waiting. Most need no request: see `ASK_AGAIN_MS`. */
export const LOOK_MS = 125;
/** Milliseconds between two requests to a server that fails. Until one reaches the server, looks decide. */
const ASK_AGAIN_MS = 1_000;
/** Milliseconds after a successful read for which a server counts as reachable. */
const FRESH_MS = 5_000;
/** Milliseconds that a look waits for an answer. Later answers still count, since the request continues. */
const PATIENCE_MS = 3_000;
/** Milliseconds after which a request is given up. */
const REQUEST_MS = 20_000;

/** The computer from which the guard sees the image servers and the daemon. */
export interface ObservedComputer extends DaemonComputer {
  /** The host whose daemon is used over ssh; undefined for this computer's own. */
  readonly daemonHost?: string | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Reads a JSON document from an image server; rejects if it cannot. */
  readIndex(url: string, signal: AbortSignal): Promise<unknown>;
}

/** The state of one server, as this computer sees it. */
class Reading {
  /** Start of the current run of successful reads. */
  readableSince: number | undefined;
  /** Start of the current outage, or of the one before `readableSince`. */
  unreadableSince: number | undefined;
  lastReadAt = 0;
  /** Whether the last failure took long, as it does if packets are dropped. */
  isSlow = false;
  error: Error | undefined;
  /** When a server that fails may be asked again. */
  askAgainAt = 0;
  underWay: Promise<void> | undefined;
}

/** The servers from which the daemon fetches its list, as this computer sees them. */
export interface View {
  isReadable: boolean;
  /** Why the servers cannot be read. */
  error: Error | undefined;
  moment: Omit<Moment, "retries">;
}

/** Checks the image servers before the daemon is asked for images. Concurrent callers share each request. */
export class FetchGuard {
  readonly #computer: ObservedComputer;
  readonly #clock: Clock;
  readonly #uptimeMs: () => number;
  readonly #readings = new Map<string, Reading>();
  #start: { modified: number; at: number } | undefined;

  /** @param uptimeMs milliseconds since this computer's boot */
  constructor(computer: ObservedComputer, clock: Clock, uptimeMs = () => uptime() * 1000) {
    this.#uptimeMs = uptimeMs;
    this.#computer = computer;
    this.#clock = clock;
  }

  /**
   * Checks whether all these index documents can be read.
   *
   * @param freshMs milliseconds for which a document that was read counts as readable
   */
  async look(indexes: readonly string[], freshMs = FRESH_MS): Promise<View> {
    const readings = await Promise.all(
      indexes.map(async (index) => {
        const reading = this.#read(index, freshMs);
        if (reading.underWay)
          await Promise.race([reading.underWay, delay(PATIENCE_MS, undefined, { ref: false })]);
        return reading;
      }),
    );
    const now = this.#clock.now();
    const since = readings.map(({ readableSince }) => readableSince);
    const isReadable = since.every((moment) => moment !== undefined);
    const lost = readings.map(({ unreadableSince }) => unreadableSince ?? now);
    // If a server keeps us waiting, it keeps the daemon waiting too.
    const isSlow = readings.some((reading) => reading.isSlow || (reading.underWay && !reading.readableSince));
    return {
      isReadable,
      error: readings.find(({ readableSince }) => readableSince === undefined)?.error,
      moment: {
        readableFor: isReadable ? now - Math.max(...(since as number[]), 0) : undefined,
        unreadableFor: Math.max(...lost.map((moment) => now - moment), 0),
        failureMs: isSlow ? SLOW_FAILURE_MS : QUICK_FAILURE_MS,
        daemonAge: this.daemonAge,
      },
    };
  }

  /**
   * Waits until the daemon can be asked for its images: until no failing fetch can overlap with the question.
   * Ends at once on the signal.
   *
   * @param retries whether the daemon retries a failed fetch soon: `Capabilities.imageListRetries`
   * @returns false if that takes longer than `atMostMs`
   */
  async whenSafe(
    indexes: readonly string[],
    retries: boolean,
    { signal, atMostMs = Number.POSITIVE_INFINITY }: { signal?: AbortSignal | undefined; atMostMs?: number },
  ): Promise<boolean> {
    const end = this.#clock.now() + atMostMs;
    for (;;) {
      const waitMs = untilSafe("question", await this.look(indexes), retries);
      if (waitMs === 0 || signal?.aborted) return true;
      if (this.#clock.now() + waitMs > end) return false;
      await this.#clock.sleep(Math.min(waitMs, LOOK_MS), signal);
    }
  }

  /** Waits until this document can be read, or for the signal. */
  async whenReadable(index: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.look([index])).isReadable)
      await this.#clock.sleep(LOOK_MS, signal);
  }

  /** Milliseconds since the daemon's start; undefined if unknown. */
  get daemonAge(): number | undefined {
    if (this.#computer.daemonHost !== undefined) return undefined;
    const modified = daemonStart(this.#computer);
    // An older socket has no daemon behind it yet. One from the future shows that the clock was set.
    const isOfThisBoot = modified !== undefined && modified >= this.#computer.now() - this.#uptimeMs();
    if (!isOfThisBoot || modified > this.#computer.now() + FRESH_MS) return undefined;
    // Remembered, so that setting the clock does not move the daemon's start.
    if (this.#start?.modified !== modified) this.#start = { modified, at: this.#clock.momentOf(modified) };
    return Math.max(0, this.#clock.now() - this.#start.at);
  }

  /** Number of fetches the daemon may have begun; it changes when a new fetch may have happened. */
  fetches(retries: boolean): number | undefined {
    const age = this.daemonAge;
    return age === undefined ? undefined : fetchesBy(age, retries);
  }

  #read(index: string, freshMs: number): Reading {
    const known = this.#readings.get(index);
    const now = this.#clock.now();
    if (known?.underWay) return known;
    if (known && now < (known.readableSince === undefined ? known.askAgainAt : known.lastReadAt + freshMs))
      return known;
    const reading = known ?? new Reading();
    this.#readings.set(index, reading);
    reading.underWay = this.#request(index, reading, now).finally(() => {
      reading.underWay = undefined;
    });
    return reading;
  }

  async #request(index: string, reading: Reading, begun: number): Promise<void> {
    const sent = systemClock.now();
    try {
      // Has its own timeout instead of the caller's signal, since others wait for the same answer.
      await this.#computer.readIndex(index, AbortSignal.timeout(REQUEST_MS));
      reading.readableSince ??= this.#clock.now();
      reading.lastReadAt = this.#clock.now();
    } catch (error) {
      if (reading.readableSince !== undefined) reading.unreadableSince = undefined;
      reading.unreadableSince ??= begun;
      reading.readableSince = undefined;
      reading.error = error as Error;
      reading.askAgainAt = begun + (neverReachedServer(error) ? LOOK_MS : ASK_AGAIN_MS);
      reading.isSlow = systemClock.now() - sent > PATIENCE_MS;
    }
  }
}

/** Milliseconds until it is safe to open a stream for this purpose; 0 means now. */
export function untilSafe(purpose: Purpose, view: View, retries: boolean): number {
  return safetyOf(purpose, { ...view.moment, retries }).waitMs;
}

/** Whether the servers have been unreachable for so long that the daemon is asked anyway. */
export function isOverdue({ moment }: View): boolean {
  return moment.readableFor === undefined && moment.unreadableFor >= BLIND_MS;
}
