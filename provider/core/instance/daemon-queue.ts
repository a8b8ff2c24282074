import type { Operation } from "../operation/operation.ts";

/** Milliseconds without a word of the daemon after which a launch counts as one that stands in line. */
const SILENT_MS = 5_000;

/**
 * The line in which a launch stands inside the daemon, which works on as many launches and starts as it has threads, of all stacks and users
 * together. It says nothing of that. The time in line is given back to the create.
 */
export class DaemonQueue {
  readonly #op: Operation;
  readonly #since: number;
  #excusedUntil: number;
  #hasBegun = false;
  #isSaid = false;

  constructor(op: Operation) {
    this.#op = op;
    this.#since = op.clock.now();
    this.#excusedUntil = this.#since;
  }

  /** The daemon has begun to work on the launch. */
  end(): void {
    this.#hasBegun = true;
  }

  /** Called again and again while the launch is followed. */
  check(): void {
    const now = this.#op.clock.now();
    if (this.#hasBegun || now - this.#since < SILENT_MS) return;
    this.#op.deadline.excuse(now - this.#excusedUntil);
    this.#excusedUntil = now;
    this.#op.timeline.enter("queue");
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#op.countdown("queued in the daemon, which is busy with other work");
  }
}
