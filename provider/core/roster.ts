import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock } from "../driver/clock.ts";
import type { CallOptions, Driver } from "../driver/driver.ts";
import { type ErrorKind, isMultipassError } from "../driver/errors.ts";
import { within } from "../driver/limits.ts";
import { changes, didNotAnswer, wasCancelled } from "../driver/run.ts";
import type { InstanceInfo, ListedInstance } from "../driver/schema.ts";
import type { SshHost } from "../driver/transport/ssh.ts";

type Ask<T> = (signal: AbortSignal) => Promise<T>;
type Infos = Map<string, InstanceInfo>;
type Names = () => Promise<readonly string[]>;

/**
 * What the daemon says about its instances. Callers share one question, so that fifty resources do not ask
 * fifty times. Only `findRecent`, `infoRecent` and `lacked` accept an answer that is older than the call.
 */
export class Roster {
  readonly #driver: Driver;
  readonly #clock: Pick<Clock, "now">;
  #list: Question<ListedInstance[]> | undefined;
  #info: { question: Question<Infos>; names: Set<string> } | undefined;
  #lastList: Question<ListedInstance[]> | undefined;
  #lastInfo: Question<Infos> | undefined;

  /** @param clock the system's, even in tests that speed time up: real processes take real time */
  constructor(driver: Driver, clock: Pick<Clock, "now"> = systemClock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  #ask<T>(ask: Ask<T>): Question<T> {
    return new Question(ask, this.#clock, this.#driver.host);
  }

  /** Every instance of the host, including deleted ones. Contacts no guest. */
  list(options: CallOptions = {}): Promise<ListedInstance[]> {
    if (!this.#list || this.#list.isCancelled) {
      this.#list = this.#ask(async (signal) => {
        await gathered(GATHER_MS);
        this.#list = undefined;
        return this.#driver.list({ signal });
      });
      this.#lastList = this.#list;
    }
    return this.#list.heard("list", options);
  }

  /** The instance, or undefined if the daemon answers that it does not exist. */
  async find(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.list(options)).find((instance) => instance.name === name);
  }

  /** Like `find`, for many reads in a row, such as a refresh: reuses one answer until something changes. */
  async findRecent(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.#listRecent(options)).find((instance) => instance.name === name);
  }

  #listRecent(options: CallOptions): Promise<ListedInstance[]> {
    return this.#lastList?.continuesRow() ? this.#lastList.heard("list", options) : this.list(options);
  }

  /** Whether a recent list lacks the name. A launch needs no more: the daemon refuses a taken name. */
  async lacked(name: string): Promise<boolean> {
    const all = await this.#lastList?.noOlderThan(LAUNCH_MS)?.catch(() => undefined);
    return all !== undefined && !all.some((instance) => instance.name === name);
  }

  /**
   * Details of an existing instance. If a guest cannot be reached, falls back to what the daemon knows by
   * itself.
   *
   * @param gathering how long to wait for other callers; only the first caller's value counts
   */
  info(name: string, options: CallOptions = {}, gathering?: Gathering): Promise<InstanceInfo | undefined> {
    if (!this.#info || this.#info.question.isCancelled) {
      const names = new Set<string>();
      const question = this.#ask(async (signal) => {
        await gathered(GATHER_MS, gathering);
        this.#info = undefined;
        return this.#infoOf([...names], { signal });
      });
      this.#info = { question, names };
    }
    this.#info.names.add(name);
    return this.#info.question.heard("info", options).then((all) => all.get(name));
  }

  /** Like `info`, for many reads in a row. @param others names that will be asked for as well */
  infoRecent(name: string, others: Names, options: CallOptions = {}): Promise<InstanceInfo | undefined> {
    return heardWithin(this.#infoInARow(name, others, options), "info", options);
  }

  async #infoInARow(name: string, others: Names, options: CallOptions): Promise<InstanceInfo | undefined> {
    const recent = async () => {
      if (!this.#lastInfo?.continuesRow()) return undefined;
      const all = await this.#lastInfo.heard("info", options).catch(() => undefined);
      return all?.get(name);
    };
    const known = await recent();
    if (known) return known;
    // Concurrent callers share this question, and with it one look into the journal.
    if (!this.#lastInfo?.continuesRow())
      this.#lastInfo = this.#ask((signal) => this.#infoWith(name, others, { signal }));
    return (await recent()) ?? this.info(name, options);
  }

  async #infoWith(name: string, others: Names, options: CallOptions): Promise<Infos> {
    const there = await this.#listRecent(options);
    const wanted = new Set([name, ...(await others())]);
    const names = there.map((instance) => instance.name).filter((one) => wanted.has(one));
    return this.#infoOf(names.length > 0 ? names : [name], options);
  }

  async #infoOf(names: string[], options: CallOptions, runtime = true): Promise<Infos> {
    try {
      return await this.#driver.info(names, runtime, options);
    } catch (error) {
      // One unreachable guest, or one missing name, fails the whole question.
      if (runtime && isMultipassError(error, ...GUEST_ERRORS)) return this.#infoOf(names, options, false);
      if (isMultipassError(error, "instance-missing"))
        return names.length > 1 ? this.#driver.info([], false, options) : new Map();
      throw error;
    }
  }
}

/** Failures of one guest, which do not affect what the daemon knows by itself. */
const GUEST_ERRORS: readonly ErrorKind[] = [
  "guest-unreachable",
  "guest-access-denied",
  "guest-connection-lost",
  "instance-not-running",
];

/** Milliseconds to gather callers before one question is sent for all. */
const GATHER_MS = 10;
/** Milliseconds without a reader after which a series of reads has ended. */
const PAUSE_MS = 2_000;
/** Milliseconds for which one answer serves a series of reads. */
const ROW_MS = 60_000;
/** Milliseconds for which a name that was free counts as free. */
const LAUNCH_MS = 60_000;

/** A longer wait for other callers. */
interface Gathering {
  longestMs: number;
  /** Ends the wait early. */
  until: Promise<unknown>;
}

/** Waits for other callers, and then for those who come at the same moment as the last one. */
async function gathered(ms: number, gathering?: Gathering): Promise<void> {
  if (gathering) {
    const over = new AbortController();
    const longest = delay(gathering.longestMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([longest, gathering.until]);
    over.abort();
  }
  await delay(ms);
}

/** Waits for a shared answer within the caller's own time limit and signal. */
function heardWithin<T>(answer: Promise<T>, command: string, options: CallOptions): Promise<T> {
  return within(answer, options, {
    late: () => didNotAnswer(command, options.timeoutMs ?? 0),
    cancelled: () => wasCancelled(command),
  });
}

/** One question for all callers, each with its own limits. It is cancelled when nobody waits any more. */
class Question<T> {
  readonly answer: Promise<T>;
  readonly #clock: Pick<Clock, "now">;
  readonly #host: SshHost | undefined;
  readonly #changes: number;
  readonly #end = new AbortController();
  #waiting = 0;
  #answeredAt: number | undefined;
  #usedAt = 0;
  #failed = false;

  constructor(ask: Ask<T>, clock: Pick<Clock, "now">, host: SshHost | undefined) {
    this.#clock = clock;
    this.#host = host;
    this.#changes = changes(undefined, host);
    this.answer = ask(this.#end.signal).finally(() => {
      this.#answeredAt = clock.now();
    });
    // Callers get the error themselves; when none is left, it would be unhandled.
    this.answer.catch(() => {
      this.#failed = true;
    });
  }

  /** Whether all callers have given up. Nobody may join it then. */
  get isCancelled(): boolean {
    return this.#end.signal.aborted;
  }

  /** The answer, for one more caller. */
  heard(command: string, options: CallOptions): Promise<T> {
    this.#waiting += 1;
    return heardWithin(this.answer, command, options).finally(() => {
      this.#waiting -= 1;
      if (this.#waiting === 0 && this.#answeredAt === undefined) this.#end.abort();
    });
  }

  /** The answer, unless it came more than `ms` milliseconds ago. Ignores changes since then. */
  noOlderThan(ms: number): Promise<T> | undefined {
    if (this.#failed) return undefined;
    const isRecent = this.#answeredAt === undefined || this.#clock.now() - this.#answeredAt <= ms;
    return isRecent ? this.answer : undefined;
  }

  /**
   * Whether this answer is still good for the next read of a series, because nothing has changed since it
   * came. Extends the series if so.
   */
  continuesRow(): boolean {
    if (this.#failed || this.isCancelled || changes(undefined, this.#host) !== this.#changes) return false;
    const now = this.#clock.now();
    const answered = this.#answeredAt ?? now;
    if (now - Math.max(answered, this.#usedAt) > PAUSE_MS || now - answered > ROW_MS) return false;
    this.#usedAt = now;
    return true;
  }
}
