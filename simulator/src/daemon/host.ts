import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { SimulatedClock } from "../clock.ts";
import { durationMs } from "../duration.ts";
import type { CheckedFaultPlan } from "../fault-plan.ts";
import type { WorldStore } from "../world-store.ts";
import { serveClient } from "./client-connection.ts";
import { FaultBook } from "./faults.ts";
import { GuestDisks } from "./guest-disks.ts";
import { Instances } from "./instances.ts";
import type { HostState } from "./life.ts";
import { Multipassd } from "./multipassd.ts";

/** The simulated host. It outlives its daemons, and opens and closes the daemon's socket. */
export class Host implements HostState {
  readonly store: WorldStore;
  readonly clock: SimulatedClock;
  readonly faults: FaultBook;
  readonly disks: GuestDisks;
  readonly instances: Instances;
  #daemon: Multipassd | undefined;
  #server: Server | undefined;
  readonly #connections = new Set<Socket>();
  /** Cancels a planned start. */
  #planned = new AbortController();

  constructor(store: WorldStore, faults: CheckedFaultPlan) {
    this.store = store;
    this.clock = new SimulatedClock(store.world.startedAt, store.world.timeScale);
    this.faults = new FaultBook(store, faults);
    this.disks = new GuestDisks(store, this.clock);
    this.instances = new Instances(store, this.disks);
  }

  /** Starts the daemon now, or when the plan opens its socket. */
  async boot(): Promise<void> {
    const { socketAt, daemonNeverRan } = this.faults.plan;
    const { world } = this.store;
    const opens = Math.max(socketAt === undefined ? 0 : durationMs(socketAt), world.daemon.startsAt ?? 0);
    if (!daemonNeverRan) this.#writeCertificate();
    else if (socketAt === undefined && world.daemon.starts === 0) return;
    if (opens <= this.clock.now()) await this.startDaemon();
    else this.#startLater(opens - this.clock.now());
  }

  #startLater(milliseconds: number): void {
    this.#planned = new AbortController();
    this.clock.sleep(milliseconds, this.#planned.signal).then(
      () => this.startDaemon(),
      () => undefined,
    );
  }

  #writeCertificate(): void {
    const { rootCertificate } = this.store.paths;
    mkdirSync(dirname(rootCertificate), { recursive: true });
    writeFileSync(rootCertificate, "a simulated root certificate\n");
  }

  async startDaemon(): Promise<void> {
    if (this.#daemon) return;
    this.#planned.abort();
    if (this.store.world.daemon.orphanedDnsmasq) {
      // "dnsmasq died": the daemon exits immediately, and its service manager tries again.
      const { failedFetchAborts: plan } = this.faults.plan;
      const pause = typeof plan === "object" ? plan.downFor : 2;
      if (pause !== "never") this.#startLater(durationMs(pause));
      return;
    }
    this.#writeCertificate();
    this.disks.dropUnsaved();
    const daemon = new Multipassd(this, (downFor) => this.#ended(downFor));
    this.#daemon = daemon;
    daemon.start();
    const { socket } = this.store.paths;
    if (process.platform !== "win32") rmSync(socket, { force: true });
    this.#server = createServer((connection) => {
      this.#connections.add(connection);
      connection.on("close", () => this.#connections.delete(connection));
      serveClient(connection, daemon);
    });
    await new Promise<void>((resolve, reject) => {
      this.#server?.once("error", reject).listen(socket, resolve);
    });
  }

  #ended(downFor: number | undefined): void {
    this.#daemon = undefined;
    this.#server?.close();
    this.#server = undefined;
    for (const connection of this.#connections) connection.destroy();
    if (downFor !== undefined) this.#startLater(downFor);
  }

  /** Ends the dnsmasq that an aborted daemon left behind. */
  endOrphanedDnsmasq(): void {
    this.store.world.daemon.orphanedDnsmasq = undefined;
    this.store.save();
  }

  /** Stops the daemon permanently, as `systemctl stop` does. */
  stopDaemon(): void {
    this.#planned.abort();
    this.store.world.daemon.startsAt = undefined;
    if (this.#daemon) this.#daemon.end("stop", undefined);
    else this.store.save();
  }

  get daemon(): Multipassd | undefined {
    return this.#daemon;
  }

  close(): void {
    this.stopDaemon();
    if (process.platform !== "win32") rmSync(this.store.paths.socket, { force: true });
  }
}
