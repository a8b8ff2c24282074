import type { CallOptions, Driver } from "../driver/driver.ts";
import { type ErrorKind, isMultipassError } from "../driver/errors.ts";
import { changes, didNotAnswer, wasCancelled } from "../driver/run.ts";
import type { InstanceInfo, ListedInstance } from "../driver/schema.ts";
import { type Clock, systemClock, timerMs } from "./operation/clock.ts";

/**
 * What the daemon says of its instances, asked once for many: callers that ask while a question is gathered get its answer, so
 * that fifty resources do not ask fifty times. An answer is never older than the question, except where the caller says that a recent one will
 * do (`findRecent`, `infoRecent`, `lacked`).
 */
export class Roster {
  readonly #driver: Driver;
  readonly #clock: Pick<Clock, "now">;
  #list: Question<ListedInstance[]> | undefined;
  #info: { question: Question<Map<string, InstanceInfo>>; names: Set<string> } | undefined;
  #lastList: Recent<ListedInstance[]> | undefined;
  #lastInfo: Recent<Map<string, InstanceInfo>> | undefined;

  /** @param clock the system's, also on a host whose time runs faster: what readers do takes the time of real processes */
  constructor(driver: Driver, clock: Pick<Clock, "now"> = systemClock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** Every instance of the host, deleted ones too. Asks no guest. */
  list(options: CallOptions = {}): Promise<ListedInstance[]> {
    if (!this.#list || this.#list.isCancelled) {
      this.#list = new Question(async (signal) => {
        await gathered(GATHER_MS);
        this.#list = undefined;
        return this.#driver.list({ signal });
      });
      this.#lastList = new Recent(this.#list, this.#clock);
    }
    return this.#list.heard("list", options);
  }

  /** The instance, or undefined where the daemon says (it answers) that there is none of that name. */
  async find(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.list(options)).find((instance) => instance.name === name);
  }

  /** The same for one of many that are read one after the other, as by a refresh: from one answer, while nothing is changed. */
  async findRecent(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.#listRecent(options)).find((instance) => instance.name === name);
  }

  #listRecent(options: CallOptions): Promise<ListedInstance[]> {
    return this.#lastList?.inARow()?.heard("list", options) ?? this.list(options);
  }

  /** Whether there was none of that name lately. Good enough for a launch, which is refused by the daemon itself if there is one by now. */
  async lacked(name: string): Promise<boolean> {
    const all = await this.#lastList?.within(LAUNCH_MS)?.catch(() => undefined);
    return all !== undefined && !all.some((instance) => instance.name === name);
  }

  /**
   * Details of one instance that exists. Falls back to what the daemon knows by itself when a guest cannot be reached.
   *
   * @param gatherMs how long to wait for others that ask the same; only the first of them is heard
   */
  info(name: string, options: CallOptions = {}, gatherMs = GATHER_MS): Promise<InstanceInfo | undefined> {
    if (!this.#info || this.#info.question.isCancelled) {
      const names = new Set<string>();
      const question = new Question(async (signal) => {
        await gathered(gatherMs);
        this.#info = undefined;
        return this.#infoOf([...names], { signal });
      });
      this.#info = { question, names };
    }
    this.#info.names.add(name);
    return this.#info.question.heard("info", options).then((all) => all.get(name));
  }

  /**
   * The same for one of many that are read one after the other.
   *
   * @param others names of those that will be asked for, too
   */
  infoRecent(
    name: string,
    others: () => Promise<readonly string[]>,
    options: CallOptions = {},
  ): Promise<InstanceInfo | undefined> {
    return heardWithin(this.#infoInARow(name, others, options), "info", options);
  }

  async #infoInARow(
    name: string,
    others: () => Promise<readonly string[]>,
    options: CallOptions,
  ): Promise<InstanceInfo | undefined> {
    const heard = async (last: Recent<Map<string, InstanceInfo>> | undefined) =>
      (
        await last
          ?.inARow()
          ?.heard("info", options)
          .catch(() => undefined)
      )?.get(name);
    const known = await heard(this.#lastInfo);
    if (known) return known;
    // Whoever comes in the same moment waits for the same look into the journal.
    if (!this.#lastInfo?.inARow()) {
      const question = new Question((signal) => this.#infoWith(name, others, { signal }));
      this.#lastInfo = new Recent(question, this.#clock);
    }
    return (await heard(this.#lastInfo)) ?? this.info(name, options);
  }

  async #infoWith(
    name: string,
    others: () => Promise<readonly string[]>,
    options: CallOptions,
  ): Promise<Map<string, InstanceInfo>> {
    const there = await this.#listRecent(options);
    const wanted = new Set([name, ...(await others())]);
    const names = there.map((instance) => instance.name).filter((one) => wanted.has(one));
    return this.#infoOf(names.length > 0 ? names : [name], options);
  }

  async #infoOf(names: string[], options: CallOptions, runtime = true): Promise<Map<string, InstanceInfo>> {
    try {
      return await this.#driver.info(names, runtime, options);
    } catch (error) {
      // One guest that cannot be reached, or one name that is gone, fails the whole question.
      if (runtime && isMultipassError(error, ...GUEST_ERRORS)) return this.#infoOf(names, options, false);
      if (isMultipassError(error, "instance-missing"))
        return names.length > 1 ? this.#driver.info([], false, options) : new Map();
      throw error;
    }
  }
}

/** Failures of one guest, which say nothing of what the daemon knows by itself. */
const GUEST_ERRORS: readonly ErrorKind[] = [
  "guest-unreachable",
  "guest-access-denied",
  "guest-connection-lost",
  "instance-not-running",
];

/** Milliseconds in which questions are gathered before one is sent for all. */
const GATHER_MS = 10;
/** Milliseconds without a reader after which the next one is not of the same run any more. */
const PAUSE_MS = 2_000;
/** Milliseconds for which an answer serves those who read many one after the other. */
const ROW_MS = 60_000;
/** Milliseconds for which a name that was free is taken to be free. */
const LAUNCH_MS = 60_000;

const gathered = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** An answer for one who waits for it no longer than that one may. */
function heardWithin<T>(answer: Promise<T>, command: string, { timeoutMs, signal }: CallOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = () => reject(wasCancelled(command));
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => reject(didNotAnswer(command, timeoutMs)), timerMs(timeoutMs));
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  });
}

/**
 * One question to the daemon for all who ask it. It has the bounds of none of them: each waits as long as that one may, and when nobody waits any
 * more, it is ended.
 */
class Question<T> {
  readonly answer: Promise<T>;
  readonly #end = new AbortController();
  #waiting = 0;
  #isAnswered = false;

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.answer = ask(this.#end.signal).finally(() => {
      this.#isAnswered = true;
    });
    // Those who wait are told; nobody may be left by then.
    this.answer.catch(() => undefined);
  }

  /** Whether all who asked have given up: nobody else is to join it. */
  get isCancelled(): boolean {
    return this.#end.signal.aborted;
  }

  /** The answer, for one more who waits for it. */
  heard(command: string, options: CallOptions): Promise<T> {
    this.#waiting += 1;
    return heardWithin(this.answer, command, options).finally(() => {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#isAnswered) this.#end.abort();
    });
  }
}

/** An answer, and whether it can stand for what is true now. */
class Recent<T> {
  readonly #question: Question<T>;
  readonly #clock: Pick<Clock, "now">;
  readonly #changes = changes();
  #answeredAt: number | undefined;
  #usedAt = 0;
  #failed = false;

  constructor(question: Question<T>, clock: Pick<Clock, "now">) {
    this.#question = question;
    this.#clock = clock;
    question.answer
      .catch(() => {
        this.#failed = true;
      })
      .finally(() => {
        this.#answeredAt = this.#clock.now();
      });
  }

  /** The answer if it has come within so many milliseconds, or is on its way, whatever was changed since. */
  within(ms: number): Promise<T> | undefined {
    if (this.#failed) return undefined;
    const isRecent = this.#answeredAt === undefined || this.#clock.now() - this.#answeredAt <= ms;
    return isRecent ? this.#question.answer : undefined;
  }

  /**
   * The question, for one of many readers in a row, if nothing was changed since it was asked: they were all sent before that, so its answer is
   * not too old for any of them.
   */
  inARow(): Question<T> | undefined {
    if (this.#failed || this.#question.isCancelled || changes() !== this.#changes) return undefined;
    const now = this.#clock.now();
    const answered = this.#answeredAt ?? now;
    if (now - Math.max(answered, this.#usedAt) > PAUSE_MS || now - answered > ROW_MS) return undefined;
    this.#usedAt = now;
    return this.#question;
  }
}
