import type { CallOptions, Driver } from "../multipass/driver.ts";
import { isMultipassError } from "../multipass/errors.ts";
import type { InstanceInfo, ListedInstance } from "../multipass/schema.ts";

/**
 * What the daemon says of its instances, asked once for many: callers that ask while a question is under way get its answer, so
 * that fifty resources do not ask fifty times. Answers are never older than the question.
 */
export class World {
  readonly #driver: Driver;
  #list: Shared<ListedInstance[]> | undefined;
  #info: Batch | undefined;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Every instance of the host, deleted ones too. Asks no guest. */
  list(options: CallOptions = {}): Promise<ListedInstance[]> {
    this.#list ??= new Shared(
      () => this.#driver.list(options),
      () => {
        this.#list = undefined;
      },
    );
    return this.#list.answer;
  }

  /** The instance, or undefined where the daemon says (it answers) that there is none of that name. */
  async find(name: string, options: CallOptions = {}): Promise<ListedInstance | undefined> {
    return (await this.list(options)).find((instance) => instance.name === name);
  }

  /**
   * Details of one instance that exists. Falls back to what the daemon knows by itself when a guest cannot be reached.
   */
  info(name: string, options: CallOptions = {}): Promise<InstanceInfo | undefined> {
    this.#info ??= new Batch(
      (names) => this.#infoOf(names, options),
      () => {
        this.#info = undefined;
      },
    );
    return this.#info.ask(name);
  }

  async #infoOf(names: string[], options: CallOptions, runtime = true): Promise<Map<string, InstanceInfo>> {
    try {
      return await this.#driver.info(names, runtime, options);
    } catch (error) {
      // One guest that cannot be reached, or one name that is gone, fails the whole question.
      if (runtime && isMultipassError(error, "guest-unreachable", "instance-not-running"))
        return this.#infoOf(names, options, false);
      if (isMultipassError(error, "instance-missing"))
        return names.length > 1 ? this.#driver.info([], false, options) : new Map();
      throw error;
    }
  }
}

/** One question under way, and its answer for everybody who asks before it is sent. */
class Shared<T> {
  readonly answer: Promise<T>;

  constructor(ask: () => Promise<T>, sent: () => void) {
    // Callers of the same turn of the event loop come together; who comes after the question was sent asks anew, because the
    // answer may be older than what it wants to know.
    this.answer = new Promise<T>((resolve, reject) => {
      setTimeout(() => {
        sent();
        ask().then(resolve, reject);
      }, GATHER_MS);
    });
  }
}

/** Milliseconds in which questions are gathered before one is sent for all. */
const GATHER_MS = 10;

class Batch {
  readonly #names = new Set<string>();
  readonly #shared: Shared<Map<string, InstanceInfo>>;

  constructor(ask: (names: string[]) => Promise<Map<string, InstanceInfo>>, sent: () => void) {
    this.#shared = new Shared(() => ask([...this.#names]), sent);
  }

  async ask(name: string): Promise<InstanceInfo | undefined> {
    this.#names.add(name);
    return (await this.#shared.answer).get(name);
  }
}
