import type { Clock } from "../../driver/clock.ts";
import type { CallOptions } from "../../driver/driver.ts";
import { cancelled, MultipassError } from "../../driver/errors.ts";
import { HELD_MS } from "../../driver/run.ts";
import type { Log, Multipass } from "../context.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import { Deadline, timeIn } from "./deadline.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { Timeline } from "./timeline.ts";

/** What the caller of an operation supplies. None of it comes from Pulumi. */
export interface Surroundings {
  multipass: Multipass;
  clock: Clock;
  random: () => number;
  /** Aborted when this process is asked to end. */
  signal: AbortSignal;
  log: Log;
  timeline?: Timeline;
}

type Bounds = Required<CallOptions> & { signal: AbortSignal };

/**
 * Milliseconds for work that has to be completed after an operation's end: longer than the daemon can be busy
 * with one command.
 */
export const COMPLETION_MS = 360_000;

/** How often to poll an instance that is changing state: after 1 s at first, then every 5 s. */
export const POLL: Backoff = { initial: 1_000, factor: 1.5, cap: 5_000, jitter: 0 };

/** Polls at equal intervals. */
export const every = (ms: number): Backoff => ({ initial: ms, factor: 1, cap: ms, jitter: 0 });

/** How often to repeat a failed call: after 1 s at first, then ever less often. */
const PATIENT: Backoff = { ...DEFAULT_BACKOFF, initial: POLL.initial };

/** One operation on one resource. All of its steps share its deadline, its signal and its log. */
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

  /** Limits for a call that is short on a healthy host. If it hangs, there is time for another try. */
  get bounds(): Bounds {
    return { timeoutMs: this.deadline.atMost(HELD_MS), signal: this.signal };
  }

  /** Limits for a call that may use all the remaining time. */
  get rest(): Bounds {
    return { timeoutMs: this.deadline.remaining, signal: this.signal };
  }

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

  /** Repeats a call that is safe to repeat, for as long as its failures may be temporary. */
  patiently<T>(call: (bounds: Bounds, number: number) => Promise<T>): Promise<T> {
    return this.retry((number) => call(this.rest, number), {
      backoff: PATIENT,
      onWait: ({ attempt, error }) => this.countdown(`try ${attempt} failed: ${error.brief}`),
    });
  }

  /**
   * Waits for work that cannot be cut off, such as a download shared with others. The work continues after
   * the wait ends.
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
    // When the work ends first, a later failure of this promise has no handler and would end the process.
    expiry.catch(() => undefined);
    return Promise.race([work, expiry]).finally(() => over.abort());
  }

  /** Refuses a step. @throws MultipassError `cancelled` after the signal, `deadline` when time is up */
  check(step: string): void {
    if (this.signal.aborted) throw cancelled();
    this.deadline.check(step);
  }

  /** Works in an instance, alongside others, once nobody is about to stop it. */
  workIn<T>(instance: string, work: () => Promise<T>): Promise<T> {
    return this.multipass.locks.of(instance).shared(work, this.#turn(`other work in "${instance}"`));
  }

  /** Does work that may stop an instance, once nobody else works in it. */
  alone<T>(instance: string, work: () => Promise<T>): Promise<T> {
    return this.multipass.locks.of(instance).exclusive(work, this.#turn(`other work in "${instance}"`));
  }

  /** Changes something that all instances share, such as "aliases": one change at a time. */
  aloneWithAll<T>(things: string, work: () => Promise<T>): Promise<T> {
    // Parentheses cannot occur in an instance name, so this lock never clashes with one.
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

  /**
   * Waits for a slot for a launch or start, at most for the remaining time, and does the work in it.
   *
   * @param work calls `booted` as soon as the next instance may boot; by default that is when the work ends
   */
  async inLaunchSlot<T>(work: (booted: () => void) => Promise<T>): Promise<T> {
    const { launches } = this.multipass;
    // If the host does not answer, the launch itself reports that.
    await this.multipass.measured(this.rest).catch(() => undefined);
    const begun = new AbortController();
    if (launches.isFull) {
      this.timeline.enter("queue");
      this.countdown("waiting for other launches and starts to end");
    }
    const done = launches.run((booted) => {
      begun.abort();
      return work(booted);
    });
    // Abandoned work stays in the queue, and ends as soon as its turn comes because its time is up.
    done.catch(() => undefined);
    await Promise.race([
      done,
      this.clock.sleep(this.deadline.remaining, AbortSignal.any([this.signal, begun.signal])),
    ]);
    if (!begun.signal.aborted) this.check("other launches and starts to end");
    return done;
  }

  /** Reports a failure under the headline of what the user asked for. */
  async under<T>(headline: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof MultipassError ? error.under(headline) : error;
    }
  }

  /** Shows what the operation is doing and when it gives up. */
  countdown(message: string): void {
    this.log.status(`${message} · gives up ${timeIn(this.deadline.remaining)}`);
  }

  /** A part of this operation with a time limit of its own. */
  lasting(ms: number): Operation {
    return new Operation(this, new Deadline(this.clock, ms));
  }

  /** A part of this operation that also ends on another signal. */
  endedBy(signal: AbortSignal): Operation {
    return new Operation({ ...this, signal: AbortSignal.any([this.signal, signal]) }, this.deadline);
  }

  /** A part of this operation that must be completed: no signal ends it, and it has its own time limit. */
  undisturbed(ms: number): Operation {
    return new Operation({ ...this, signal: new AbortController().signal }, new Deadline(this.clock, ms));
  }

  /** A short check after the operation's end. A user who cancelled the run waits for it. */
  lastLook(): Operation {
    return this.undisturbed(this.signal.aborted ? 2_000 : 60_000);
  }
}
