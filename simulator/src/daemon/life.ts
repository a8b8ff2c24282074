import { DaemonGone } from "../cli/errors.ts";
import type { ClientIo } from "../cli/io.ts";
import type { SimulatedClock } from "../clock.ts";
import { type Capabilities, capabilitiesOf } from "../version.ts";
import type { WorldStore } from "../world-store.ts";
import type { FaultBook } from "./faults.ts";
import type { GuestDisks } from "./guest-disks.ts";
import type { Instances } from "./instances.ts";
import { logLine } from "./log-line.ts";
import { Mutex } from "./mutex.ts";

/** How a daemon's life ends: killed, or told to stop. */
export type EndKind = "crash" | "stop";

/** Until the service manager has restarted a daemon that ended because a setting changed. */
const RESTART_AFTER_SETTING_MS = 1_000;

/** What belongs to the host, and outlives each life of its daemon. */
export interface HostState {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly instances: Instances;
  readonly disks: GuestDisks;
}

/** One life of the simulated `multipassd`, from a start to its end or crash: what all its services share. */
export abstract class Life implements HostState {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly instances: Instances;
  readonly disks: GuestDisks;
  readonly caps: Capabilities;
  /** Requests run here one after another; what blocks it blocks every client. */
  readonly main = new Mutex();
  /** Clients with a request in flight; the daemon's log records go to all of them. */
  readonly clients = new Set<ClientIo>();
  readonly #controller = new AbortController();
  #hung: Promise<never> | undefined;
  readonly #onEnd: (downFor: number | undefined) => void;

  constructor({ store, clock, faults, instances, disks }: HostState, onEnd: (downFor?: number) => void) {
    this.store = store;
    this.clock = clock;
    this.faults = faults;
    this.instances = instances;
    this.disks = disks;
    this.caps = capabilitiesOf(store.world.version);
    this.#onEnd = onEnd;
  }

  get ended(): AbortSignal {
    return this.#controller.signal;
  }

  /** What an orderly stop does with the instances. */
  protected abstract suspendInstances(): void;

  /** Ends this life. `downFor`: simulated time until the next one; without it the daemon stays down. */
  end(kind: EndKind, downFor: number | undefined): void {
    if (this.ended.aborted) return;
    this.#controller.abort(new DaemonGone());
    // A daemon that hangs does not hear the request to stop, so the service manager kills it.
    if (kind === "stop" && !this.#hung) {
      this.suspendInstances();
      this.store.world.daemon.status = "stopped";
    }
    if (downFor !== undefined) this.store.world.daemon.startsAt = this.clock.now() + downFor;
    this.store.save();
    this.#onEnd(downFor);
  }

  /** Ends after the request in hand has been answered, as the watcher of the settings file does. */
  endSoon(): void {
    setTimeout(() => this.end("stop", RESTART_AFTER_SETTING_MS), 20);
  }

  /** Answers nothing from now on, until it is killed. Never settles before. */
  hang(): Promise<never> {
    this.#hung ??= this.main.run(
      () =>
        new Promise<never>((_, reject) =>
          this.ended.addEventListener("abort", () => reject(new DaemonGone())),
        ),
    );
    return this.#hung;
  }

  /** Settles at once unless the daemon hangs. */
  async responsive(): Promise<void> {
    await this.#hung;
  }

  /** A log record of the level `error`, which every waiting client gets to see. */
  log(category: string, text: string): void {
    for (const client of this.clients) client.err(logLine(category, text));
  }
}
