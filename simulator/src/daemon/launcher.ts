import { ClientExit, DaemonGone, RpcError, severalErrors } from "../cli/errors.ts";
import { GiB, parseMemorySize } from "../cli/memory-size.ts";
import { durationMs } from "../duration.ts";
import type { LaunchPhase } from "../fault-plan.ts";
import type { InstanceStateRecord, StaleImage } from "../world.ts";
import type { LaunchIdentity } from "./faults.ts";
import type { ImageList } from "./image-list.ts";
import type { ImageStore, LaunchObserver } from "./image-store.ts";
import type { CatalogImage } from "./images.ts";
import {
  checkArguments,
  describeSource,
  type LaunchRequest,
  newInstance,
  requestedImage,
} from "./launch-request.ts";
import type { Life } from "./life.ts";
import type { Machines } from "./machines.ts";
import { petName } from "./names.ts";
import type { Networks } from "./networks.ts";

export interface Launched {
  readonly instance: InstanceStateRecord;
  readonly identity: LaunchIdentity;
}

/** The services that create an instance. */
interface LaunchServices {
  readonly imageList: ImageList;
  readonly images: ImageStore;
  readonly machines: Machines;
  readonly networks: Networks;
}

/** `launch`, in the daemon's phases; see `LaunchPhase` for what each phase leaves behind. */
export class Launcher {
  readonly #life: Life;
  readonly #services: LaunchServices;

  constructor(life: Life, services: LaunchServices) {
    this.#life = life;
    this.#services = services;
  }

  async launch(request: LaunchRequest, observer: LaunchObserver): Promise<Launched> {
    const { main, store } = this.#life;
    const anonymous = await main.run(() => {
      store.world.launches += 1;
      store.save();
      return { name: request.name ?? "", image: request.image, nth: store.world.launches };
    });
    await this.#fault(
      "A",
      anonymous,
      (text) => new ClientExit(text),
      "Error: the client refused its arguments.",
    );
    await this.#leave(anonymous, false);
    const { image, name, zone } = await main.run(() => this.#validate(request, anonymous));
    const identity = { ...anonymous, name };
    try {
      const instance = await this.#prepare(request, identity, image, zone, observer);
      observer.progress(`Starting ${name}`);
      const booted = this.#life.pool(() => this.#boot(instance, identity, request.timeout, observer));
      booted.catch(() => undefined);
      await this.#leave(identity, true);
      return { instance: await booted, identity };
    } finally {
      if (!this.#life.ended.aborted) {
        delete store.world.preparing[name];
        store.save();
      }
    }
  }

  /** Fails if the plan says so. */
  async #fault(
    phase: LaunchPhase,
    identity: LaunchIdentity,
    error: (text: string) => Error,
    usual: string,
  ): Promise<void> {
    const fault = this.#life.faults.launchFault(phase, identity);
    if (!fault) return;
    await this.#life.clock.sleep(durationMs(fault.after), this.#life.ended);
    throw error(fault.text ?? usual);
  }

  /** Phase M: the client leaves, and the daemon continues what it has begun. */
  async #leave(identity: LaunchIdentity, duringBoot: boolean): Promise<void> {
    const { faults, clock, ended } = this.#life;
    const fault = faults.launchFault("M", identity, (candidate) => candidate.duringBoot === duringBoot);
    if (!fault) return;
    await clock.sleep(durationMs(fault.after), ended);
    throw new ClientExit(fault.text ?? "Timed out waiting for instance launch.", 5);
  }

  /** Phases B to E. */
  async #validate(request: LaunchRequest, identity: LaunchIdentity) {
    const { store, instances, faults, caps } = this.#life;
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
    const image = await requestedImage(this.#services.imageList, request.image);
    checkArguments(this.#life, this.#services.networks, request);
    const zone =
      request.zone ?? Object.keys(store.world.zones).find((name) => store.world.zones[name]?.available);
    if (zone === undefined) throw new RpcError("no AZ is available");
    const name = request.name || this.#freePetName();
    instances.checkFree(name);
    await this.#fault("D", identity, rpc, `instance "${name}" is being prepared`);
    if (!instances.anyRunning() && faults.plan.hypervisor) throw new RpcError(faults.plan.hypervisor);
    await this.#fault("E", identity, rpc, "KVM support is not enabled on this machine.");
    store.world.preparing[name] = { since: this.#life.clock.now() };
    store.save();
    return { image, name, zone };
  }

  #freePetName(): string {
    for (;;) {
      const name = petName(this.#life.faults.random);
      if (!this.#life.instances.find(name) && !this.#life.store.world.preparing[name]) return name;
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
    const { store, main, pool, caps } = this.#life;
    const { name } = identity;
    observer.progress(caps.zones ? `Creating ${name} in ${zone}` : `Creating ${name}`);
    const disk = await pool(() => this.#prepareDisk(request, identity, image, observer));
    observer.progress(`Configuring ${name}`);
    return main.run(async () => {
      await this.#daemonEvent("G", identity);
      await this.#fault(
        "G",
        identity,
        (text) => new RpcError(text),
        "qemu quit unexpectedly with exit code 1, check logs for more details",
      );
      const instance = newInstance(this.#life, this.#services.networks, request, name, image, zone, disk);
      delete store.world.preparing[name];
      store.world.instances[name] = instance;
      this.#services.machines.powerOn(instance);
      return instance;
    });
  }

  /** Phase F. Returns the bytes of the disk. */
  async #prepareDisk(
    request: LaunchRequest,
    identity: LaunchIdentity,
    image: CatalogImage,
    observer: LaunchObserver,
  ): Promise<number> {
    const { faults, clock, ended } = this.#life;
    await this.#daemonEvent("F", identity);
    await this.#death(identity, false, describeSource(request, image));
    await this.#fault(
      "F",
      identity,
      (text) => new RpcError(text),
      `failed to download from '${image.url}': Network timeout`,
    );
    const minimum = await this.#services.images.fetch(image, observer);
    observer.progress(`Preparing image for ${identity.name}`);
    await clock.sleep(((faults.plan.imagePrepareSeconds ?? 0) * 1000) / 2, ended);
    if (faults.plan.diskFull) {
      throw new RpcError(`Available disk (0 bytes) below minimum for this image (${minimum} bytes)`);
    }
    const disk =
      request.disk === undefined ? Math.max(5 * GiB, minimum) : (parseMemorySize(request.disk) ?? 0);
    if (disk < minimum) {
      throw new RpcError(`Requested disk (${disk} bytes) below minimum for this image (${minimum} bytes)`);
    }
    return disk;
  }

  /** Phases H to K. The instance remains whatever fails here. */
  async #boot(
    instance: InstanceStateRecord,
    identity: LaunchIdentity,
    timeout: number | undefined,
    observer: LaunchObserver,
  ): Promise<InstanceStateRecord> {
    const { faults, clock, store, ended } = this.#life;
    const { machines } = this.#services;
    await this.#daemonEvent("H", identity);
    await this.#death(identity, true);
    const died = faults.launchFault("H", identity);
    if (died) {
      await clock.sleep(durationMs(died.after), ended);
      machines.powerOff(instance);
      throw severalErrors([died.text ?? machines.deathText(instance)]);
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
    if (booted === "died") throw severalErrors([machines.deathText(instance)]);
    observer.progress("Waiting for initialization to complete");
    await this.#daemonEvent("J", identity);
    const unfinished = "timed out waiting for initialization to complete";
    await this.#fault("J", identity, (text) => severalErrors([text]), unfinished);
    const initialized = await machines.watchCloudInit(instance, timeout);
    if (initialized === "timeout") throw severalErrors([unfinished]);
    if (initialized === "died") throw severalErrors([machines.deathText(instance)]);
    await this.#fault(
      "K",
      identity,
      (text) => severalErrors([text]),
      `Error enabling mount support in '${instance.name}'`,
    );
    return instance;
  }

  /** Phase N: the daemon dies. */
  async #death(identity: LaunchIdentity, duringBoot: boolean, stale?: StaleImage): Promise<void> {
    const { faults, store, clock, ended } = this.#life;
    const fault = faults.launchFault("N", identity, (candidate) => candidate.duringBoot === duringBoot);
    if (!fault) return;
    await clock.sleep(durationMs(fault.after), ended);
    if (stale) store.world.staleImages[identity.name] = stale;
    this.#life.end("crash", 2000);
    throw new DaemonGone();
  }

  async #daemonEvent(phase: string, identity: LaunchIdentity): Promise<void> {
    const found = this.#life.faults.daemonEvent(phase, identity);
    if (!found) return;
    this.#life.end(found.crash ? "crash" : "stop", durationMs(found.event.downFor));
    throw new DaemonGone();
  }
}
