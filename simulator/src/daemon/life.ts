import pLimit, { type LimitFunction } from "p-limit";
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

/** How a life of the daemon ends: it is killed, or told to stop. */
export type EndKind = "crash" | "stop";

/** Simulated time until the service manager restarts a daemon that ended because a setting changed. */
const RESTART_AFTER_SETTING_MS = 1_000;

/** State of the host, which outlives each life of its daemon. */
export interface HostState {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly instances: Instances;
  readonly disks: GuestDisks;
}

/** One life of the simulated `multipassd`, from its start to its end or crash. All its services share it. */
export abstract class Life implements HostState {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly instances: Instances;
  readonly disks: GuestDisks;
  readonly caps: Capabilities;
  /** Requests run here one after another; a blocking request blocks every client. */
  readonly main = new Mutex();
  /** What takes long runs here, beside the main thread: preparing images and waiting for guests. */
  readonly pool: LimitFunction;
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
    this.pool = pLimit(faults.plan.daemonThreads ?? Number.POSITIVE_INFINITY);
    this.#onEnd = onEnd;
  }

  get ended(): AbortSignal {
    return this.#controller.signal;
  }

  /** What an orderly stop does with the instances. */
  protected abstract suspendInstances(): void;

  /**
   * Ends this life. `downFor` is the simulated time until the next one; if undefined, the daemon stays down.
   */
  end(kind: EndKind, downFor: number | undefined): void {
    if (this.ended.aborted) return;
    this.#controller.abort(new DaemonGone());
    // A daemon that hangs does not notice the stop request, so the service manager kills it.
    if (kind === "stop" && !this.#hung) {
      this.suspendInstances();
      this.store.world.daemon.status = "stopped";
    }
    if (downFor !== undefined) this.store.world.daemon.startsAt = this.clock.now() + downFor;
    this.store.save();
    this.#onEnd(downFor);
  }

  /** Ends after the current request has been answered, as the watcher of the settings file does. */
  endSoon(): void {
    setTimeout(() => this.end("stop", RESTART_AFTER_SETTING_MS), 20);
  }

  /** Answers nothing from now on, until the daemon is killed. The promise never settles before that. */
  hang(): Promise<never> {
    this.#hung ??= this.main.run(
      () =>
        new Promise<never>((_, reject) =>
          this.ended.addEventListener("abort", () => reject(new DaemonGone())),
        ),
    );
    return this.#hung;
  }

  /** Resolves immediately unless the daemon hangs. */
  async responsive(): Promise<void> {
    await this.#hung;
  }

  /** Logs a record of level `error`, which every waiting client sees. */
  log(category: string, text: string): void {
    for (const client of this.clients) client.err(logLine(category, text));
  }
}
