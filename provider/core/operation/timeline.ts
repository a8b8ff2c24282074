import type { Clock } from "../../driver/clock.ts";

/** What a create can be busy with, in the usual order. */
export type Phase =
  | "daemon"
  | "images"
  | "queue"
  | "download"
  | "prepare"
  | "boot"
  | "cloud-init"
  | "mounts"
  | "checks";

export interface TimelinePhase {
  phase: Phase;
  /** Milliseconds since the create began. */
  startedAt: number;
  seconds: number;
  attempts: number;
}

/** Where the time of a create went. Kept in the state, so that it can be charted later. */
export interface TimelineRecord {
  /** ISO 8601. */
  startedAt: string;
  phases: TimelinePhase[];
}

export class Timeline {
  readonly #clock: Clock;
  readonly #start: number;
  readonly #startedAt = new Date().toISOString();
  readonly #phases: TimelinePhase[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.now();
  }

  /** Enters a phase, or continues the current one; with `attempt`, that counts as another attempt. */
  enter(phase: Phase, attempt = false): void {
    const last = this.#phases.at(-1);
    if (last?.phase === phase) {
      if (attempt) last.attempts++;
      return;
    }
    this.#close();
    this.#phases.push({ phase, startedAt: this.#elapsed(), seconds: 0, attempts: 1 });
  }

  record(): TimelineRecord {
    this.#close();
    return { startedAt: this.#startedAt, phases: this.#phases.map((phase) => ({ ...phase })) };
  }

  #close(): void {
    const last = this.#phases.at(-1);
    if (last) last.seconds = Math.round(this.#elapsed() - last.startedAt) / 1000;
  }

  #elapsed(): number {
    return Math.round(this.#clock.now() - this.#start);
  }
}
