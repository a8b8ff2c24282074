import type { Host } from "./context.ts";

/**
 * Many may work inside a machine at once; who stops it must be alone with it. Without this a snapshot would stop the machine under a
 * command that another resource of the same stack runs in it.
 */
export class MachineLock {
  #inside = 0;
  #alone = false;
  readonly #queue: { alone: boolean; enter: () => void }[] = [];

  /** Runs with others. */
  shared<T>(run: () => Promise<T>): Promise<T> {
    return this.#within(false, run);
  }

  /** Runs when nobody else does. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    return this.#within(true, run);
  }

  async #within<T>(alone: boolean, run: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.#queue.push({ alone, enter });
      this.#admit();
    });
    try {
      return await run();
    } finally {
      this.#inside -= 1;
      this.#alone = false;
      this.#admit();
    }
  }

  /** In the order of arrival, so that a stream of commands does not keep a snapshot out for ever. */
  #admit(): void {
    for (;;) {
      const next = this.#queue[0];
      if (!next || this.#alone || (next.alone && this.#inside > 0)) return;
      this.#queue.shift();
      this.#inside += 1;
      this.#alone = next.alone;
      next.enter();
    }
  }
}

const locks = new WeakMap<Host, Map<string, MachineLock>>();

/**
 * The lock of one machine of a host, for all resources in this process. What is no machine has a name in parentheses, which no machine
 * can have.
 */
export function lockOf(host: Host, name: string): MachineLock {
  const ofHost = locks.get(host) ?? new Map<string, MachineLock>();
  locks.set(host, ofHost);
  const lock = ofHost.get(name) ?? new MachineLock();
  ofHost.set(name, lock);
  return lock;
}
