import pLimit, { type LimitFunction } from "p-limit";
import type { Op, RunResult } from "./deployer.ts";
import type { Emit } from "./events.ts";
import type { Journal } from "./journal.ts";

/** A step that was skipped because an earlier one failed or the user stopped the run. */
export class Halted extends Error {}

/** A failure already reported to the user. */
export class Reported extends Error {}

/** A failure that changed nothing, so the run can continue. */
export class Refused extends Error {}

/** Operations that users see as such; the others are halves of a replacement. */
const COUNTED: Op[] = ["same", "create", "update", "delete", "replace"];
/** Operations that change something outside the state. They must be on record in case the engine dies. */
const RISKY: Op[] = [
  "create",
  "update",
  "delete",
  "create-replacement",
  "delete-replaced",
  "read",
  "refresh",
];

export interface ExecutorOptions {
  journal: Journal;
  emit: Emit;
  parallel: number;
  continueOnError: boolean;
}

/**
 * Runs steps: a limited number at once, each recorded in the state before and after, and none after a
 * failure.
 */
export class Executor {
  readonly summary: RunResult["summary"] = {};
  readonly errors: string[] = [];
  readonly #journal: Journal;
  readonly #emit: Emit;
  readonly #limit: LimitFunction;
  readonly #continueOnError: boolean;
  readonly #running = new Set<Promise<void>>();
  readonly #halt = new AbortController();

  constructor(o: ExecutorOptions) {
    this.#journal = o.journal;
    this.#emit = o.emit;
    this.#limit = pLimit(o.parallel);
    this.#continueOnError = o.continueOnError;
  }

  /** Aborted when no more steps start. */
  get halted(): AbortSignal {
    return this.#halt.signal;
  }

  halt(): void {
    this.#halt.abort();
  }

  count(op: Op): void {
    this.summary[op] = (this.summary[op] ?? 0) + 1;
  }

  /** Reports a failure to the user. */
  report(message: string, urn?: string): void {
    this.errors.push(message);
    this.#emit({ kind: "log", severity: "error", message, ephemeral: false, ...(urn ? { urn } : {}) });
  }

  /** Reports that planning failed, which ends the run. */
  reject(message: string, urn?: string): Reported {
    this.report(message, urn);
    this.halt();
    return new Reported(message);
  }

  /** Resolves when no step is running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Runs one step. `apply` may return the operation that was really needed. */
  run(op: Op, urn: string, apply: () => Promise<Op | undefined>): Promise<void> {
    const running = this.#limit(() => this.#runNow(op, urn, apply));
    this.#running.add(running);
    const forget = () => this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }

  async #runNow(op: Op, urn: string, apply: () => Promise<Op | undefined>): Promise<void> {
    if (this.halted.aborted) throw new Halted("the deployment has been stopped");
    const began = performance.now();
    const elapsed = () => performance.now() - began;
    this.#emit({ kind: "start", op, urn });
    const end = RISKY.includes(op) ? this.#journal.begin(op, urn) : () => this.#journal.save();
    try {
      const result = (await apply()) ?? op;
      end();
      if (COUNTED.includes(result)) this.count(result);
      this.#emit({ kind: "done", op: result, urn, ms: elapsed() });
    } catch (error) {
      end();
      const message = error instanceof Error ? error.message : String(error);
      this.#emit({ kind: "failed", op, urn, ms: elapsed() });
      this.report(message, urn);
      if (!this.#continueOnError && !(error instanceof Refused)) this.halt();
      throw new Reported(message, { cause: error });
    }
  }
}
