import { createHash } from "node:crypto";
import { ClientExit, DaemonGone, RpcError, severalErrors } from "../cli/errors.ts";
import { parseMemorySize } from "../cli/memory-size.ts";
import { durationMs } from "../duration.ts";
import type { LaunchPhase } from "../fault-plan.ts";
import type { InstanceStateRecord } from "../world.ts";
import type { LaunchIdentity } from "./faults.ts";
import type { LaunchObserver } from "./image-store.ts";
import { type CatalogImage, foreignImage } from "./images.ts";
import type { Multipassd } from "./multipassd.ts";
import { isValidName, petName } from "./names.ts";

export interface NetworkRequest {
  id: string;
  mode: string;
  mac: string;
}

export interface LaunchRequest {
  name?: string | undefined;
  /** As given: an alias with or without a remote, or a URL. */
  image: string;
  cpus: number;
  memory?: string | undefined;
  disk?: string | undefined;
  cloudInit: string;
  networks: NetworkRequest[];
  zone?: string | undefined;
  timeout?: number | undefined;
}

const GiB = 1024 ** 3;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const troubleshoot = "https://canonical.com/multipass/docs/stable/how-to-guides/troubleshoot/";

/** `launch`, in the phases that the daemon goes through; see `LaunchPhase` for what each leaves behind. */
export class Launcher {
  readonly #daemon: Multipassd;

  constructor(daemon: Multipassd) {
    this.#daemon = daemon;
  }

  async launch(request: LaunchRequest, observer: LaunchObserver): Promise<InstanceStateRecord> {
    const { main, store } = this.#daemon;
    const identity = await main.run(() => {
      store.world.launches += 1;
      return { name: request.name ?? "", image: request.image, nth: store.world.launches };
    });
    await this.#fault(
      "A",
      identity,
      (text) => new ClientExit(text),
      "Error: the client refused its arguments.",
    );
    await this.#leave(identity, false);
    const { image, name, zone } = await main.run(() => this.#validate(request, identity));
    try {
      const instance = await this.#prepare(request, { ...identity, name }, image, zone, observer);
      observer.progress(`Starting ${name}`);
      const booted = this.#boot(instance, { ...identity, name }, request.timeout, observer);
      booted.catch(() => undefined);
      await this.#leave({ ...identity, name }, true);
      return await booted;
    } finally {
      if (!this.#daemon.ended.aborted) {
        delete store.world.preparing[name];
        store.save();
      }
    }
  }

  /** Fails when the plan wants it so. */
  async #fault(
    phase: LaunchPhase,
    identity: LaunchIdentity,
    error: (text: string) => Error,
    usual: string,
  ): Promise<void> {
    const fault = this.#daemon.faults.launchFault(phase, identity);
    if (!fault) return;
    await this.#daemon.clock.sleep(durationMs(fault.after), this.#daemon.ended);
    throw error(fault.text ?? usual);
  }

  /** Phase M: the client leaves, and the daemon goes on with what it has begun. */
  async #leave(identity: LaunchIdentity, duringBoot: boolean): Promise<void> {
    const { faults, clock, ended } = this.#daemon;
    const fault = faults.launchFault("M", identity, (candidate) => candidate.duringBoot === duringBoot);
    if (!fault) return;
    await clock.sleep(durationMs(fault.after), ended);
    throw new ClientExit(fault.text ?? "Timed out waiting for instance launch.", 5);
  }

  /** Phases B to E. */
  async #validate(request: LaunchRequest, identity: LaunchIdentity) {
    const { store, instances, faults, caps } = this.#daemon;
    const rpc = (text: string) => new RpcError(text);
    if (request.zone !== undefined && !store.world.zones[request.zone]) {
      throw new RpcError(`No AZ with name: ${request.zone}`);
    }
    await this.#fault("B", identity, rpc, `No AZ with name: ${request.zone ?? "zone1"}`);
    await this.#fault(
      "C",
      identity,
      rpc,
      caps.manifestLock
        ? 'Remote "release" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.'
        : 'Remote "" is unknown or unreachable.',
    );
    const image = await this.#image(request.image);
    this.#checkArguments(request);
    const zone =
      request.zone ?? Object.keys(store.world.zones).find((name) => store.world.zones[name]?.available);
    if (zone === undefined) throw new RpcError("no AZ is available");
    const name = request.name || this.#freePetName();
    instances.checkFree(name);
    await this.#fault("D", identity, rpc, `instance "${name}" is being prepared`);
    if (!instances.anyRunning() && faults.plan.hypervisor) throw new RpcError(faults.plan.hypervisor);
    await this.#fault("E", identity, rpc, "KVM support is not enabled on this machine.");
    store.world.preparing[name] = { since: this.#daemon.clock.now(), phase: "F" };
    store.save();
    return { image, name, zone };
  }

  async #image(argument: string): Promise<CatalogImage> {
    if (argument.startsWith("file:")) return foreignImage(argument);
    if (/^https?:/.test(argument)) {
      const loopback = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])/.test(argument);
      return foreignImage(loopback ? argument : argument.replace(/^http:/, "https:"));
    }
    const separator = argument.indexOf(":");
    const remote = separator < 0 ? "" : argument.slice(0, separator);
    const alias = argument.slice(separator + 1);
    if (remote !== "" && alias === "") throw new RpcError("Must specify an image when specifying a remote");
    return this.#daemon.imageList.lookUp(remote, alias || "default");
  }

  /** Only the last problem is shown. */
  #checkArguments(request: LaunchRequest): void {
    const { caps, networks } = this.#daemon;
    let problem: string | undefined;
    const memory = parseMemorySize(request.memory ?? "1G") ?? 0;
    if (memory < caps.minimumMemory) problem = `Invalid memory size value supplied: ${request.memory}.`;
    const disk = parseMemorySize(request.disk ?? "5G") ?? 0;
    if (disk < caps.minimumDisk) problem = `Invalid disk size value supplied: ${request.disk}.`;
    if (request.name && !isValidName(request.name))
      problem = `Invalid instance name supplied: ${request.name}`;
    if (request.zone && this.#daemon.store.world.zones[request.zone]?.available === false) {
      problem = `Unavailable zone name supplied: ${request.zone}`;
    }
    for (const { id, mac } of request.networks) {
      if (id === "bridged") networks.checkBridged();
      else if (!networks.exists(id)) {
        problem = caps.zones
          ? `Invalid network options. To troubleshoot, see ${troubleshoot}`
          : "Invalid network options supplied";
      }
      const repeated = request.networks.filter((other) => mac !== "" && other.mac === mac).length > 1;
      if (repeated) throw new RpcError(`Repeated MAC address ${mac}`);
    }
    if (problem !== undefined) throw new RpcError(`Invalid arguments supplied\n${problem}`);
  }

  #freePetName(): string {
    for (;;) {
      const name = petName(this.#daemon.faults.random);
      if (!this.#daemon.instances.find(name) && !this.#daemon.store.world.preparing[name]) return name;
    }
  }

  /** Phases F and G. */
  async #prepare(
    request: LaunchRequest,
    identity: LaunchIdentity,
    image: CatalogImage,
    zone: string,
    observer: LaunchObserver,
  ): Promise<InstanceStateRecord> {
    const { faults, store, main, clock, ended, caps } = this.#daemon;
    const { name } = identity;
    const rpc = (text: string) => new RpcError(text);
    observer.progress(caps.zones ? `Creating ${name} in ${zone}` : `Creating ${name}`);
    await this.#daemonEvent("F", identity);
    await this.#death(identity, false, { image: image.url, cloudInit: request.cloudInit });
    await this.#fault("F", identity, rpc, `failed to download from '${image.url}': Network timeout`);
    const minimum = await this.#daemon.images.fetch(image, observer);
    observer.progress(`Preparing image for ${name}`);
    await clock.sleep(((faults.plan.imagePrepareSeconds ?? 0) * 1000) / 2, ended);
    if (faults.plan.diskFull) {
      throw new RpcError(`Available disk (0 bytes) below minimum for this image (${minimum} bytes)`);
    }
    const disk =
      request.disk === undefined ? Math.max(5 * GiB, minimum) : (parseMemorySize(request.disk) ?? 0);
    if (disk < minimum) {
      throw new RpcError(`Requested disk (${disk} bytes) below minimum for this image (${minimum} bytes)`);
    }
    observer.progress(`Configuring ${name}`);
    return main.run(async () => {
      await this.#daemonEvent("G", identity);
      await this.#fault(
        "G",
        identity,
        rpc,
        "qemu quit unexpectedly with exit code 1, check logs for more details",
      );
      const instance = this.#record(request, name, image, zone, disk);
      delete store.world.preparing[name];
      store.world.instances[name] = instance;
      this.#daemon.machines.powerOn(instance);
      return instance;
    });
  }

  #record(
    request: LaunchRequest,
    name: string,
    image: CatalogImage,
    zone: string,
    disk: number,
  ): InstanceStateRecord {
    const { instances, store, networks } = this.#daemon;
    // A record left by an interrupted launch of this name wins silently over what is asked for now.
    const stale = store.world.staleImages[name];
    delete store.world.staleImages[name];
    const known = image.remote !== "" || image.os !== "";
    return {
      name,
      state: "Stopped",
      deleted: false,
      zone,
      cpus: request.cpus,
      memory: parseMemorySize(request.memory ?? "1G") ?? GiB,
      disk,
      image: stale?.image ?? request.image,
      imageHash: known ? image.hash : sha256(image.url),
      imageRelease: image.release,
      listRelease: known ? `${image.os} ${image.release}` : "Not Available",
      guestRelease: image.guestRelease,
      ipv4: instances.nextAddress(zone),
      mac: instances.nextMac(),
      networks: request.networks.map((network) => ({
        ...network,
        id: networks.resolve(network.id),
        mac: network.mac || instances.nextMac(),
      })),
      bridged: request.networks.some(({ id }) => networks.isBridge(id)),
      mounts: {},
      snapshots: {},
      snapshotsTaken: 0,
      cloneCount: 0,
      currentSnapshot: "",
      cloudInit: stale?.cloudInit ?? request.cloudInit,
      bootedAt: 0,
      sshAt: 0,
      cloudInitAt: 0,
      boots: 0,
    };
  }

  /** Phases H to K. Whatever fails here, the instance stays. */
  async #boot(
    instance: InstanceStateRecord,
    identity: LaunchIdentity,
    timeout: number | undefined,
    observer: LaunchObserver,
  ): Promise<InstanceStateRecord> {
    const { machines, faults, clock, store, ended, caps } = this.#daemon;
    await this.#daemonEvent("H", identity);
    await this.#death(identity, true);
    const died = faults.launchFault("H", identity);
    if (died) {
      await clock.sleep(durationMs(died.after), ended);
      machines.powerOff(instance);
      throw severalErrors([
        died.text ??
          (caps.zones
            ? "Instance shutdown during start"
            : `${instance.name}: shutdown called while starting`),
      ]);
    }
    const silent = faults.launchFault("I", identity);
    if (silent) {
      await clock.sleep(durationMs(silent.after), ended);
      instance.state = "Unknown";
      store.save();
      throw severalErrors([silent.text ?? `${instance.name}: timed out waiting for response`]);
    }
    const booted = await machines.waitForSsh(instance, timeout);
    if (booted === "timeout") throw severalErrors([`${instance.name}: timed out waiting for response`]);
    if (booted === "died") throw severalErrors(["Instance shutdown during start"]);
    observer.progress("Waiting for initialization to complete");
    await this.#daemonEvent("J", identity);
    const unfinished = "timed out waiting for initialization to complete";
    await this.#fault("J", identity, (text) => severalErrors([text]), unfinished);
    const initialized = await machines.waitForCloudInit(instance, timeout);
    if (initialized === "timeout") throw severalErrors([unfinished]);
    if (initialized === "died") throw severalErrors(["Instance shutdown during start"]);
    await this.#fault(
      "K",
      identity,
      (text) => severalErrors([text]),
      `Error enabling mount support in '${instance.name}'`,
    );
    return instance;
  }

  /** Phase N. */
  async #death(
    identity: LaunchIdentity,
    duringBoot: boolean,
    stale?: { image: string; cloudInit: string },
  ): Promise<void> {
    const { faults, store, clock, ended } = this.#daemon;
    const fault = faults.launchFault("N", identity, (candidate) => candidate.duringBoot === duringBoot);
    if (!fault) return;
    await clock.sleep(durationMs(fault.after), ended);
    if (stale) store.world.staleImages[identity.name] = stale;
    this.#daemon.end("crash", 2000);
    throw new DaemonGone();
  }

  async #daemonEvent(phase: string, identity: LaunchIdentity): Promise<void> {
    const found = this.#daemon.faults.daemonEvent(phase, identity);
    if (!found) return;
    this.#daemon.end(found.crash ? "crash" : "stop", durationMs(found.event.downFor));
    throw new DaemonGone();
  }
}
