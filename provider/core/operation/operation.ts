import { cancelled, MultipassError } from "../../driver/errors.ts";
import type { Log, Multipass } from "../context.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import { type Clock, Deadline, formatSeconds } from "./clock.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { Timeline } from "./timeline.ts";

/** What begins an operation hands over. None of it is Pulumi's. */
export interface Surroundings {
  multipass: Multipass;
  clock: Clock;
  random: () => number;
  /** Raised when this process is asked to end. */
  signal: AbortSignal;
  log: Log;
  /** Where the time of the operation goes. */
  timeline?: Timeline;
}

/** The bounds of one call of the client. */
export interface Bounds {
  timeoutMs: number;
  signal: AbortSignal;
}

/** Milliseconds that any one call may hold: longer than the daemon can be busy with another client's stop (300 s). */
const CALL_MS = 330_000;

/** How often to look at an instance that changes its state: after 1 s at first, then every 5 s. */
export const POLL: Backoff = { initial: 1_000, factor: 1.5, cap: 5_000, jitter: 0 };

/** How often to repeat a call that failed: after 1 s at first, then ever more seldom. */
const PATIENT: Backoff = { ...DEFAULT_BACKOFF, initial: POLL.initial };

/**
 * One operation on one resource: a create, read, update or delete from its beginning to its end. Every step of it gets what is left of the
 * operation's time, ends on the operation's signal, and says what it does in the operation's log.
 */
export class Operation {
  readonly multipass: Multipass;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly timeline: Timeline;
  readonly deadline: Deadline;

  constructor({ multipass, clock, random, signal, log, timeline }: Surroundings, deadline: Deadline) {
    this.multipass = multipass;
    this.clock = clock;
    this.random = random;
    this.signal = signal;
    this.log = log;
    this.timeline = timeline ?? new Timeline(clock);
    this.deadline = deadline;
  }

  /** Bounds for a call that is short on a healthy host, so that one that hangs leaves time for another try. */
  get bounds(): Bounds {
    return { timeoutMs: this.deadline.within(CALL_MS), signal: this.signal };
  }

  /** Bounds for a call that may take all the time that is left. */
  get rest(): Bounds {
    return { timeoutMs: this.deadline.remaining, signal: this.signal };
  }

  /** Tries until it works, fails for good, or time is over. */
  retry<T>(
    attempt: (number: number) => Promise<T>,
    {
      backoff = POLL,
      ...options
    }: Partial<Omit<RetryOptions, "clock" | "random" | "deadline" | "signal">> = {},
  ): Promise<T> {
    const { clock, random, deadline, signal } = this;
    return retry(attempt, { clock, random, deadline, signal, backoff, ...options });
  }

  /** Repeats a call that does no harm when repeated, for as long as its failures are likely to pass. */
  patiently<T>(call: (bounds: Bounds) => Promise<T>): Promise<T> {
    return this.retry(() => call(this.rest), {
      backoff: PATIENT,
      onWait: ({ attempt, error }) => this.countdown(`try ${attempt} failed: ${error.brief}`),
    });
  }

  /**
   * Waits for work that cannot be cut off, such as a download that others wait for, too. It goes on when the wait ends.
   *
   * @throws MultipassError `deadline` or `cancelled`
   */
  async within<T>(what: string, work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const ended = AbortSignal.any([this.signal, over.signal]);
    const expiry = this.clock.sleep(this.deadline.remaining, ended).then(() => {
      if (!over.signal.aborted) this.check(what);
      return work;
    });
    // When the work ends first, nobody handles a failure of the other promise, which would end the process.
    expiry.catch(() => undefined);
    return Promise.race([work, expiry]).finally(() => over.abort());
  }

  /**
   * Refuses to begin a step that there is no time for.
   *
   * @throws MultipassError `cancelled` after the signal, `deadline` when time is over
   */
  check(step: string): void {
    if (this.signal.aborted) throw cancelled();
    this.deadline.check(step);
  }

  /** Does work in an instance, at the same time as others, once nobody is about to stop the instance. */
  workIn<T>(instance: string, work: () => Promise<T>): Promise<T> {
    return this.multipass.locks.of(instance).shared(work, this.#turn(`other work in "${instance}"`));
  }

  /** Does what may stop an instance, once nobody works in it any more. */
  alone<T>(instance: string, work: () => Promise<T>): Promise<T> {
    return this.multipass.locks.of(instance).exclusive(work, this.#turn(`other work in "${instance}"`));
  }

  /** Changes what all instances share, such as "aliases": one change at a time. */
  aloneWithAll<T>(things: string, work: () => Promise<T>): Promise<T> {
    // No instance can have a name in parentheses.
    return this.multipass.locks
      .of(`(${things})`)
      .exclusive(work, this.#turn(`another change of the ${things}`));
  }

  #turn(others: string): (turn: Promise<void>) => Promise<void> {
    return (turn) => {
      this.countdown(`waiting for ${others} to end`);
      return this.within(`${others} to end`, turn);
    };
  }

  /** Reports a failure of some work under the headline of what the user asked for. */
  async under<T>(headline: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof MultipassError ? error.under(headline) : error;
    }
  }

  /** Shows what the operation does and how much time it has left. */
  countdown(message: string): void {
    this.log.status(`${message} · ${formatSeconds(this.deadline.remaining)} left`);
  }

  /** A part of this operation that may take so many milliseconds, whatever the whole may. */
  lasting(ms: number): Operation {
    return new Operation(this, new Deadline(this.clock, ms));
  }

  /** A part of this operation that ends on another signal as well. */
  endedBy(signal: AbortSignal): Operation {
    return new Operation({ ...this, signal: AbortSignal.any([this.signal, signal]) }, this.deadline);
  }

  /** A part of this operation that must not be left undone: no signal ends it, and it has time of its own. */
  undisturbed(ms: number): Operation {
    return new Operation({ ...this, signal: new AbortController().signal }, new Deadline(this.clock, ms));
  }

  /** A short look at what the daemon did, after the operation itself has ended. A user who cancelled the run waits for it. */
  lastLook(): Operation {
    return this.undisturbed(this.signal.aborted ? 2_000 : 60_000);
  }
}
