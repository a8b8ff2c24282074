import type { CallOptions, Driver } from "../multipass/driver.ts";
import { isMultipassError } from "../multipass/errors.ts";
import { changes, didNotAnswer, wasCancelled } from "../multipass/run.ts";
import type { InstanceInfo, ListedInstance } from "../multipass/schema.ts";
import { type Clock, systemClock, timerMs } from "./clock.ts";

/**
 * What the daemon says of its instances, asked once for many: callers that ask while a question is gathered get its answer, so
 * that fifty resources do not ask fifty times. An answer is never older than the question, except where the caller says that a recent one will
 * do (`findRecent`, `infoRecent`, `lacked`).
 */
export class World {
  readonly #driver: Driver;
  readonly #clock: Pick<Clock, "now">;
  #list: Shared<ListedInstance[]> | undefined;
  #info: Batch | undefined;
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
      this.#list = new Shared(
        () => this.#driver.list(options),
        () => {
          this.#list = undefined;
        },
        options.signal,
      );
      this.#lastList = new Recent(this.#list.answer, this.#clock);
    }
    return heardWithin(this.#list.answer, "list", options);
  }

  /** The instance, or undefined where the daemon says (it answers) that there is none of that name. */
  async find(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.list(options)).find((instance) => instance.name === name);
  }

  /** The same for one of many that are read one after the other, as by a refresh: from one answer, while nothing is changed. */
  async findRecent(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    const known = this.#lastList?.inARow();
    const all = await (known ? heardWithin(known, "list", options) : this.list(options));
    return all.find((instance) => instance.name === name);
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
    if (!this.#info || this.#info.isCancelled) {
      this.#info = new Batch(
        (names) => this.#infoOf(names, options),
        () => {
          this.#info = undefined;
        },
        options.signal,
        gatherMs,
      );
    }
    return heardWithin(this.#info.ask(name), "info", options);
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
    const known = (await this.#lastInfo?.inARow()?.catch(() => undefined))?.get(name);
    if (known) return known;
    const asked = this.#lastInfo?.inARow();
    // Whoever comes in the same moment waits for the same look into the journal.
    this.#lastInfo = asked ? this.#lastInfo : new Recent(this.#infoWith(name, others, options), this.#clock);
    const together = (await this.#lastInfo?.answer.catch(() => undefined))?.get(name);
    return together ?? this.info(name, options);
  }

  async #infoWith(
    name: string,
    others: () => Promise<readonly string[]>,
    options: CallOptions,
  ): Promise<Map<string, InstanceInfo>> {
    const there = await (this.#lastList?.inARow() ?? this.list(options));
    const wanted = new Set([name, ...(await others())]);
    const names = there.map((instance) => instance.name).filter((one) => wanted.has(one));
    return this.#infoOf(names.length > 0 ? names : [name], options);
  }

  async #infoOf(names: string[], options: CallOptions, runtime = true): Promise<Map<string, InstanceInfo>> {
    try {
      return await this.#driver.info(names, runtime, options);
    } catch (error) {
      // One guest that cannot be reached, or one name that is gone, fails the whole question.
      if (
        runtime &&
        isMultipassError(error, "guest-unreachable", "guest-connection-lost", "instance-not-running")
      )
        return this.#infoOf(names, options, false);
      if (isMultipassError(error, "instance-missing"))
        return names.length > 1 ? this.#driver.info([], false, options) : new Map();
      throw error;
    }
  }
}

/** Milliseconds in which questions are gathered before one is sent for all. */
const GATHER_MS = 10;
/** Milliseconds without a reader after which the next one is not of the same run any more. */
const PAUSE_MS = 2_000;
/** Milliseconds for which an answer serves those who read many one after the other. */
const ROW_MS = 60_000;
/** Milliseconds for which a name that was free is taken to be free. */
const LAUNCH_MS = 60_000;

/**
 * The answer to a question that is asked for many, for one of them: each waits as long as that one may, whatever the first has said of the
 * call.
 */
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

/** An answer, and whether it can stand for what is true now. */
class Recent<T> {
  readonly answer: Promise<T>;
  readonly #clock: Pick<Clock, "now">;
  readonly #changes = changes();
  #answeredAt: number | undefined;
  #usedAt = 0;
  #failed = false;

  constructor(answer: Promise<T>, clock: Pick<Clock, "now">) {
    this.answer = answer;
    this.#clock = clock;
    answer
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
    return isRecent ? this.answer : undefined;
  }

  /**
   * The answer for one of many readers in a row, if nothing was changed since it was asked for: they were all sent before that, so it is not too
   * old for any of them.
   */
  inARow(): Promise<T> | undefined {
    if (this.#failed || changes() !== this.#changes) return undefined;
    const now = this.#clock.now();
    const answered = this.#answeredAt ?? now;
    if (now - Math.max(answered, this.#usedAt) > PAUSE_MS || now - answered > ROW_MS) return undefined;
    this.#usedAt = now;
    return this.answer;
  }
}

/** One question under way, and its answer for everybody who asks before it is sent. */
class Shared<T> {
  readonly answer: Promise<T>;
  readonly #signal: AbortSignal | undefined;

  constructor(
    ask: () => Promise<T>,
    sent: () => void,
    signal: AbortSignal | undefined,
    gatherMs = GATHER_MS,
  ) {
    this.#signal = signal;
    // Callers of the same turn of the event loop come together; who comes after the question was sent asks anew, because the
    // answer may be older than what it wants to know.
    this.answer = new Promise<T>((resolve, reject) => {
      setTimeout(() => {
        sent();
        ask().then(resolve, reject);
      }, gatherMs);
    });
  }

  /** Whether it ends without an answer, since the first who asked has given up: nobody else is to join it. */
  get isCancelled(): boolean {
    return this.#signal?.aborted === true;
  }
}

class Batch {
  readonly #names = new Set<string>();
  readonly #shared: Shared<Map<string, InstanceInfo>>;

  constructor(
    ask: (names: string[]) => Promise<Map<string, InstanceInfo>>,
    sent: () => void,
    signal: AbortSignal | undefined,
    gatherMs: number,
  ) {
    this.#shared = new Shared(() => ask([...this.#names]), sent, signal, gatherMs);
  }

  get isCancelled(): boolean {
    return this.#shared.isCancelled;
  }

  async ask(name: string): Promise<InstanceInfo | undefined> {
    this.#names.add(name);
    return (await this.#shared.answer).get(name);
  }
}
