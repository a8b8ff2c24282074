import type { Operation } from "../operation/operation.ts";

/** Milliseconds of silence from the daemon before a launch counts as queued. */
const SILENT_MS = 5_000;

/**
 * The queue inside the daemon, which works on as many launches and starts as it has threads, for all stacks
 * and users. The daemon does not report this queue. The deadline gives the time in it back to the create.
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

  /** Call this repeatedly while following the launch. */
  check(): void {
    const now = this.#op.clock.now();
    if (this.#hasBegun || now - this.#since < SILENT_MS) return;
    this.#op.deadline.excuse(now - this.#excusedUntil);
    this.#excusedUntil = now;
    this.#op.timeline.enter("queue");
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#op.countdown("queued in the daemon, which is busy");
  }
}
