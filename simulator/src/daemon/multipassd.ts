import { RpcError } from "../cli/errors.ts";
import { durationMs } from "../duration.ts";
import { FailedFetches } from "./failed-fetches.ts";
import { Guests } from "./guests.ts";
import { ImageList } from "./image-list.ts";
import { ImageStore } from "./image-store.ts";
import { Catalog } from "./images.ts";
import { Launcher } from "./launcher.ts";
import { Life } from "./life.ts";
import { Machines } from "./machines.ts";
import { Mounts } from "./mounts.ts";
import { Networks } from "./networks.ts";
import { Processes } from "./processes.ts";
import { restoreInstances, suspendInstances } from "./restarts.ts";
import { Settings } from "./settings.ts";
import { Snapshots } from "./snapshots.ts";

/** One life of the simulated `multipassd`, with its services. Each service gets its dependencies here. */
export class Multipassd extends Life {
  readonly catalog = new Catalog(this.caps);
  readonly failedFetches = new FailedFetches(this);
  readonly imageList = new ImageList(this, this.catalog, this.failedFetches);
  readonly networks = new Networks(this);
  readonly mounts = new Mounts(this);
  readonly snapshots = new Snapshots(this, this.mounts);
  readonly settings = new Settings(this, this.networks);
  readonly processes = new Processes(this);
  readonly guests = new Guests(this, this.processes, (instance, deed) => this.machines.power(instance, deed));
  readonly machines: Machines = new Machines(this, this.processes, this.guests, this.mounts);
  readonly launcher = new Launcher(this, {
    imageList: this.imageList,
    images: new ImageStore(this),
    machines: this.machines,
    networks: this.networks,
  });

  start(): void {
    const { world } = this.store;
    const crashed = world.daemon.status === "running";
    world.daemon.status = "running";
    world.daemon.startsAt = undefined;
    world.daemon.starts += 1;
    world.preparing = {};
    restoreInstances(this, this.machines, this.mounts, crashed);
    this.imageList.start();
    this.planEnds();
  }

  /** Schedules the ends that the fault plan has for certain moments. */
  planEnds(): void {
    const { plan } = this.faults;
    for (const kind of ["daemonCrash", "daemonRestart"] as const) {
      plan[kind]?.forEach(({ at, downFor }, index) => {
        if (at === undefined) return;
        this.clock.sleep(durationMs(at) - this.clock.now(), this.ended).then(
          () => {
            // Another plan may have replaced this one.
            if (this.faults.plan !== plan || !this.faults.take(`${kind}.${index}`, 1)) return;
            this.end(kind === "daemonCrash" ? "crash" : "stop", durationMs(downFor));
          },
          () => undefined,
        );
      });
    }
  }

  protected override suspendInstances(): void {
    suspendInstances(this);
  }

  /** Decides if a client that connects is admitted. */
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
