import { RpcError } from "../cli/errors.ts";
import { humanSize, MiB, parseMemorySize } from "../cli/memory-size.ts";
import type { InstanceStateRecord, SnapshotState } from "../world.ts";
import { driverNamed } from "./drivers.ts";
import type { Life } from "./life.ts";
import { isValidName } from "./names.ts";
import type { Networks } from "./networks.ts";

const DAEMON_DEFAULTS: Record<string, string> = {
  "local.bridged-network": "",
  "local.driver": process.platform === "win32" ? "hyperv" : "qemu",
  "local.image.mirror": "",
  "local.passphrase": "",
  "local.privileged-mounts": process.platform === "win32" ? "false" : "true",
};
const PROPERTIES = ["bridged", "cpus", "disk", "memory"];
const YES = /^(true|on|yes|1)$/i;
const NO = /^(false|off|no|0)$/i;

const unrecognized = (key: string) => new RpcError(`Unrecognized settings key: '${key}'`);

/** `get` and `set` of the keys that begin with `local.`. */
export class Settings {
  readonly #life: Life;
  readonly #networks: Networks;

  constructor(life: Life, networks: Networks) {
    this.#life = life;
    this.#networks = networks;
  }

  keys(): string[] {
    const { instances } = this.#life;
    const own = instances
      .all()
      .flatMap((instance) => [
        ...PROPERTIES.map((property) => `local.${instance.name}.${property}`),
        ...Object.keys(instance.snapshots).flatMap((snapshot) => [
          `local.${instance.name}.${snapshot}.comment`,
          `local.${instance.name}.${snapshot}.name`,
        ]),
      ]);
    return [...Object.keys(DAEMON_DEFAULTS), ...own].sort();
  }

  /** The instance or snapshot that a key belongs to; undefined for the daemon's own keys. */
  #subject(key: string) {
    const parts = key.split(".");
    if (parts.length === 3 && PROPERTIES.includes(parts[2] as string)) {
      return { name: parts[1] as string, property: parts[2] as string, snapshot: undefined };
    }
    if (parts.length === 4 && ["name", "comment"].includes(parts[3] as string)) {
      return { name: parts[1] as string, property: parts[3] as string, snapshot: parts[2] as string };
    }
    return undefined;
  }

  get(key: string): string {
    const { store } = this.#life;
    if (Object.hasOwn(DAEMON_DEFAULTS, key)) {
      if (key === "local.passphrase") return String(store.world.passphrase !== "");
      return store.world.settings[key] ?? (DAEMON_DEFAULTS[key] as string);
    }
    const subject = this.#subject(key);
    if (!subject) throw unrecognized(key);
    const instance = this.#instance(subject.name, "obtain");
    if (subject.snapshot !== undefined) {
      const snapshot = this.#snapshot(instance, subject.snapshot);
      return subject.property === "name" ? snapshot.name : snapshot.comment;
    }
    switch (subject.property) {
      case "cpus":
        return String(instance.cpus);
      case "memory":
        return humanSize(instance.memory);
      case "disk":
        return humanSize(instance.disk);
      default:
        this.#networks.checkBridged();
        return String(instance.bridged);
    }
  }

  #instance(name: string, verb: "obtain" | "update"): InstanceStateRecord {
    const reason = (text: string) =>
      new RpcError(`Cannot ${verb} instance settings; instance: ${name}; reason: ${text}`);
    if (Object.hasOwn(this.#life.store.world.preparing, name)) throw reason("instance is being prepared");
    const instance = this.#life.instances.find(name);
    if (!instance) throw reason("No such instance");
    if (verb === "update" && instance.deleted) throw reason("Instance is deleted");
    return instance;
  }

  #snapshot(instance: InstanceStateRecord, name: string): SnapshotState {
    const snapshot = instance.snapshots[name];
    if (!snapshot) throw new RpcError(`No such snapshot: ${instance.name}.${name}`);
    return snapshot;
  }

  set(key: string, value: string): void {
    if (Object.hasOwn(DAEMON_DEFAULTS, key)) {
      this.#setDaemonWide(key, value);
      return;
    }
    const subject = this.#subject(key);
    if (!subject) throw unrecognized(key);
    const instance = this.#instance(subject.name, "update");
    if (subject.snapshot !== undefined)
      this.#setSnapshot(instance, subject.snapshot, subject.property, value);
    else this.#setProperty(instance, subject.property, key, value);
    this.#life.store.save();
  }

  /** Any write ends the daemon, and its service manager starts it again. */
  #setDaemonWide(key: string, value: string): void {
    const { store, caps } = this.#life;
    const invalid = (text: string) => new RpcError(`Invalid setting '${key}=${value}': ${text}`);
    let stored = value;
    if (key === "local.driver") {
      const driver = driverNamed(value, caps);
      if (!driver) throw invalid("Invalid driver");
      stored = driver;
    } else if (key === "local.privileged-mounts") {
      if (!YES.test(value) && !NO.test(value)) throw invalid('Invalid value, try "true" or "false"');
      stored = String(YES.test(value));
    } else if (key === "local.image.mirror" && value !== "") {
      if (!value.startsWith("https://")) throw invalid("Hostname must be specified with 'https'");
      stored = value.endsWith("/") ? value : `${value}/`;
    }
    if (key === "local.passphrase") store.world.passphrase = value;
    else store.world.settings[key] = stored;
    store.save();
    this.#life.endSoon();
  }

  #setSnapshot(instance: InstanceStateRecord, name: string, property: string, value: string): void {
    const snapshot = this.#snapshot(instance, name);
    if (property === "comment") {
      snapshot.comment = value;
      return;
    }
    if (value === name) return;
    if (!isValidName(value)) throw new RpcError(`Invalid snapshot name: "${value}".`);
    if (instance.snapshots[value]) throw new RpcError(`Snapshot already exists: ${instance.name}.${value}`);
    // Renames in place, because snapshots are listed by age.
    instance.snapshots = Object.fromEntries(
      Object.values(instance.snapshots).map((own) =>
        own === snapshot ? [value, { ...own, name: value }] : [own.name, own],
      ),
    );
    for (const other of Object.values(instance.snapshots)) if (other.parent === name) other.parent = value;
    if (instance.currentSnapshot === name) instance.currentSnapshot = value;
    this.#life.disks.move(`${instance.name}.${name}`, `${instance.name}.${value}`);
  }

  #setProperty(instance: InstanceStateRecord, property: string, key: string, value: string): void {
    const { caps } = this.#life;
    const invalid = (text: string) => new RpcError(`Invalid setting '${key}=${value}': ${text}`);
    if (instance.state !== "Stopped") {
      throw new RpcError(
        `Cannot update instance settings; instance: ${instance.name}; reason: Instance must be stopped for modification`,
      );
    }
    if (property === "cpus") {
      if (!/^\+?\d+$/.test(value) || Number(value) < 1) {
        throw invalid("Need a positive integer (in decimal format) of minimum 1");
      }
      instance.cpus = Number(value);
      return;
    }
    if (property === "bridged") {
      if (!YES.test(value) && !NO.test(value)) throw invalid('Invalid value, try "true" or "false"');
      if (NO.test(value)) {
        if (instance.bridged) throw invalid("Removing the bridged network is currently not supported");
        return;
      }
      this.#networks.checkBridged();
      if (instance.bridged) return;
      instance.bridged = true;
      instance.networks.push({
        id: this.#networks.resolve("bridged"),
        mode: "auto",
        mac: this.#life.instances.nextMac(),
      });
      return;
    }
    const bytes = parseMemorySize(value);
    if (bytes === undefined || bytes === 0) throw invalid("Need a positive size.");
    if (property === "memory") {
      if (bytes < caps.minimumMemory) {
        throw invalid(`Memory less than ${caps.minimumMemory / MiB}M minimum not allowed`);
      }
      instance.memory = bytes;
    } else {
      if (bytes < instance.disk) throw invalid("Disk can only be expanded");
      instance.disk = bytes;
    }
  }
}
