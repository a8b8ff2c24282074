/** Called if the lock is taken. If this call fails, the waiter leaves the queue. */
type Wait = (turn: Promise<void>) => Promise<void>;

interface Place {
  alone: boolean;
  entered: boolean;
  enter: () => void;
}

/**
 * Lets many operations work in an instance at once, but only one stop it. Otherwise a snapshot could stop the
 * instance while another resource runs a command in it.
 */
export class InstanceLock {
  #inside = 0;
  #alone = false;
  #queue: Place[] = [];

  shared<T>(run: () => Promise<T>, wait?: Wait): Promise<T> {
    return this.#hold(false, run, wait);
  }

  exclusive<T>(run: () => Promise<T>, wait?: Wait): Promise<T> {
    return this.#hold(true, run, wait);
  }

  async #hold<T>(alone: boolean, run: () => Promise<T>, wait: Wait | undefined): Promise<T> {
    const { promise: turn, resolve: enter } = Promise.withResolvers<void>();
    const place: Place = { alone, entered: false, enter };
    this.#queue.push(place);
    this.#admit();
    try {
      if (!place.entered) await wait?.(turn);
      await turn;
      return await run();
    } finally {
      this.#leave(place);
    }
  }

  #leave(place: Place): void {
    if (place.entered) {
      this.#inside -= 1;
      this.#alone = false;
    } else {
      this.#queue = this.#queue.filter((one) => one !== place);
    }
    this.#admit();
  }

  /** Admits in order of arrival, so that a stream of commands does not keep a snapshot waiting for ever. */
  #admit(): void {
    for (;;) {
      const next = this.#queue[0];
      if (!next || this.#alone || (next.alone && this.#inside > 0)) return;
      this.#queue.shift();
      this.#inside += 1;
      this.#alone = next.alone;
      next.entered = true;
      next.enter();
    }
  }
}

/** The locks of all instances of a host, for the resources in this process. */
export class Locks {
  readonly #locks = new Map<string, InstanceLock>();

  of(instance: string): InstanceLock {
    const lock = this.#locks.get(instance) ?? new InstanceLock();
    this.#locks.set(instance, lock);
    return lock;
  }
}
