import { type Deadline, formatSeconds } from "../readiness/clock.ts";
import type { Context, Host } from "./context.ts";
import { withinTime } from "./timing.ts";

/** Told of a turn that does not come at once. Whoever fails in it gives the turn up. */
type Wait = (turn: Promise<void>) => Promise<void>;

interface Place {
  alone: boolean;
  entered: boolean;
  enter: () => void;
}

/**
 * Many may work inside a machine at once; who stops it must be alone with it. Without this a snapshot would stop the machine under a
 * command that another resource of the same stack runs in it.
 */
export class MachineLock {
  #inside = 0;
  #alone = false;
  #queue: Place[] = [];

  /** Runs with others. */
  shared<T>(run: () => Promise<T>, wait?: Wait): Promise<T> {
    return this.#within(false, run, wait);
  }

  /** Runs when nobody else does. */
  exclusive<T>(run: () => Promise<T>, wait?: Wait): Promise<T> {
    return this.#within(true, run, wait);
  }

  async #within<T>(alone: boolean, run: () => Promise<T>, wait: Wait | undefined): Promise<T> {
    const place: Place = { alone, entered: false, enter: () => undefined };
    const turn = new Promise<void>((enter) => {
      place.enter = enter;
    });
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

  /** In the order of arrival, so that a stream of commands does not keep a snapshot out for ever. */
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

/**
 * Works in a machine along with others, as soon as nobody is about to stop it.
 *
 * @throws MultipassError `deadline` or `cancelled` where its turn has not come; then nothing was done
 */
export function workIn<T>(ctx: Context, name: string, deadline: Deadline, run: () => Promise<T>): Promise<T> {
  return lockOf(ctx.host, name).shared(run, turnWithin(ctx, `other work in "${name}"`, deadline));
}

/**
 * Does what may stop a machine, as soon as nobody works in it any more.
 *
 * @throws MultipassError `deadline` or `cancelled` where its turn has not come; then nothing was done
 */
export function aloneWith<T>(
  ctx: Context,
  name: string,
  deadline: Deadline,
  run: () => Promise<T>,
): Promise<T> {
  return lockOf(ctx.host, name).exclusive(run, turnWithin(ctx, `other work in "${name}"`, deadline));
}

/**
 * Changes what is no machine, and what the client keeps for all of them: one change at a time.
 *
 * @param things what is changed, such as "aliases"
 * @throws MultipassError `deadline` or `cancelled` where its turn has not come; then nothing was done
 */
export function aloneWithAll<T>(
  ctx: Context,
  things: string,
  deadline: Deadline,
  run: () => Promise<T>,
): Promise<T> {
  const wait = turnWithin(ctx, `another change of the ${things}`, deadline);
  return lockOf(ctx.host, `(${things})`).exclusive(run, wait);
}

function turnWithin(ctx: Context, others: string, deadline: Deadline): Wait {
  return (turn) => {
    ctx.log.status(`waiting for ${others} to end · ${formatSeconds(deadline.remaining)} left`);
    return withinTime(ctx, deadline, `${others} to end`, turn);
  };
}
