import { DaemonGone, RpcError } from "../cli/errors.ts";
import type { ClientIo } from "../cli/io.ts";
import type { SimulatedClock } from "../clock.ts";
import { durationMs } from "../duration.ts";
import { type Capabilities, capabilitiesOf } from "../version.ts";
import type { WorldStore } from "../world.ts";
import { FailedFetches } from "./failed-fetches.ts";
import type { FaultBook } from "./faults.ts";
import { Guests } from "./guests.ts";
import { ImageList } from "./image-list.ts";
import { ImageStore } from "./image-store.ts";
import { Catalog } from "./images.ts";
import { Instances } from "./instances.ts";
import { Launcher } from "./launcher.ts";
import { logLine } from "./log-line.ts";
import { Machines } from "./machines.ts";
import { Mounts } from "./mounts.ts";
import { Mutex } from "./mutex.ts";
import { Networks } from "./networks.ts";
import { restoreInstances, suspendInstances } from "./restarts.ts";
import { Settings } from "./settings.ts";
import { Snapshots } from "./snapshots.ts";

/** How a daemon's life ends: killed, or told to stop. */
export type EndKind = "crash" | "stop";

/** Until the service manager has started a daemon again that ended to take over a changed setting. */
const restartAfterSetting = 1_000;

/** One life of the simulated `multipassd`: from a start to its end or crash. */
export class Multipassd {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly caps: Capabilities;
  readonly catalog: Catalog;
  /** Requests run here one after another; what blocks it blocks every client. */
  readonly main = new Mutex();
  readonly failedFetches = new FailedFetches(this);
  readonly imageList = new ImageList(this);
  readonly images = new ImageStore(this);
  readonly instances = new Instances(this);
  readonly machines = new Machines(this);
  readonly launcher = new Launcher(this);
  readonly settings = new Settings(this);
  readonly networks = new Networks(this);
  readonly mounts = new Mounts(this);
  readonly snapshots = new Snapshots(this);
  readonly guests = new Guests(this);
  /** Clients with a request in flight; the daemon's log records go to all of them. */
  readonly clients = new Set<ClientIo>();
  readonly #life = new AbortController();
  #hung: Promise<never> | undefined;
  readonly #onEnd: (downFor: number | undefined) => void;

  constructor(
    store: WorldStore,
    clock: SimulatedClock,
    faults: FaultBook,
    onEnd: (downFor: number | undefined) => void,
  ) {
    this.store = store;
    this.clock = clock;
    this.faults = faults;
    this.caps = capabilitiesOf(store.world.version);
    this.catalog = new Catalog(this.caps);
    this.#onEnd = onEnd;
  }

  get ended(): AbortSignal {
    return this.#life.signal;
  }

  start(): void {
    const { world } = this.store;
    const crashed = world.daemon.status === "running";
    world.daemon.status = "running";
    world.daemon.startsAt = undefined;
    world.daemon.starts += 1;
    world.preparing = {};
    restoreInstances(this, crashed);
    this.imageList.start();
    this.planEnds();
  }

  /** Arms the ends that the fault plan has for certain moments. */
  planEnds(): void {
    const { plan } = this.faults;
    for (const kind of ["daemonCrash", "daemonRestart"] as const) {
      plan[kind]?.forEach(({ at, downFor }, index) => {
        if (at === undefined) return;
        this.clock.sleep(durationMs(at) - this.clock.now(), this.ended).then(
          () => {
            // Another plan may have taken the place of this one.
            if (this.faults.plan !== plan || !this.faults.take(`${kind}.${index}`, 1)) return;
            this.end(kind === "daemonCrash" ? "crash" : "stop", durationMs(downFor));
          },
          () => undefined,
        );
      });
    }
  }

  /** Ends this life. `downFor`: simulated time until the next one; without it the daemon stays down. */
  end(kind: EndKind, downFor: number | undefined): void {
    if (this.ended.aborted) return;
    this.#life.abort(new DaemonGone());
    // One that hangs does not hear the request to stop: what ends it is the kill that follows.
    if (kind === "stop" && !this.#hung) {
      suspendInstances(this);
      this.store.world.daemon.status = "stopped";
    }
    if (downFor !== undefined) this.store.world.daemon.startsAt = this.clock.now() + downFor;
    this.store.save();
    this.#onEnd(downFor);
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

  /** Ends after the request in hand has been answered, as the watcher of the settings file does. */
  endSoon(): void {
    setTimeout(() => this.end("stop", restartAfterSetting), 20);
  }

  /** A log record of the level `error`, which every waiting client gets to see. */
  log(category: string, text: string): void {
    for (const client of this.clients) client.err(logLine(category, text));
  }

  /** A client connects: may it? */
  admit(home: string, authenticating: boolean): void {
    const { world } = this.store;
    if (this.faults.plan.accessDenied) throw new RpcError("multipass socket access denied");
    const trusted = world.trustedClients.includes(home);
    if (trusted || authenticating) return;
    const { unauthenticated, trustFirstClientOnly } = this.faults.plan;
    if (!unauthenticated && !(trustFirstClientOnly && world.trustedClients.length > 0)) {
      if (trustFirstClientOnly) {
        world.trustedClients.push(home);
        this.store.save();
      }
      return;
    }
    throw new RpcError(
      this.caps.authenticatesUsers
        ? "The user is not authenticated with the Multipass service.\n\nPlease authenticate before proceeding (e.g. via 'multipass authenticate'). Note that you first need an authenticated user to set and provide you with a trusted passphrase (e.g. via 'multipass set local.passphrase')."
        : "The client is not authenticated with the Multipass service.\nPlease use 'multipass authenticate' before proceeding.",
    );
  }

  authenticate(home: string, passphrase: string): void {
    const { world } = this.store;
    if (world.passphrase === "") {
      throw new RpcError(
        this.caps.authenticatesUsers
          ? "Incorrect passphrase. No passphrase is set.\n\nPlease ask an authenticated user to set one with 'multipass set local.passphrase'."
          : "Passphrase is not set. Please `multipass set local.passphrase` with a trusted client.",
      );
    }
    if (passphrase !== world.passphrase) {
      throw new RpcError("Passphrase is not correct. Please try again.");
    }
    if (!world.trustedClients.includes(home)) world.trustedClients.push(home);
    this.store.save();
  }
}
