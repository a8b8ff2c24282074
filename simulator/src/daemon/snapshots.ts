import { RpcError } from "../cli/errors.ts";
import type { InstanceStateRecord, SnapshotState } from "../world.ts";
import type { Life } from "./life.ts";
import type { Mounts } from "./mounts.ts";
import { isValidName } from "./names.ts";

/** Snapshots and clones, which need a stopped instance. */
export class Snapshots {
  readonly #life: Life;
  readonly #mounts: Mounts;

  constructor(life: Life, mounts: Mounts) {
    this.#life = life;
    this.#mounts = mounts;
  }

  #stopped(name: string, deed: string): InstanceStateRecord {
    const instance = this.#life.instances.one(name);
    if (instance.state !== "Stopped") throw new RpcError(`Multipass can only ${deed} stopped instances.`);
    return instance;
  }

  take(name: string, wanted: string | undefined, comment: string): SnapshotState {
    const { disks, store, clock } = this.#life;
    const instance = this.#stopped(name, "take snapshots of");
    const snapshotName = wanted ?? `snapshot${instance.snapshotsTaken + 1}`;
    if (!isValidName(snapshotName)) throw new RpcError(`Invalid snapshot name: "${snapshotName}".`);
    if (instance.snapshots[snapshotName])
      throw new RpcError(`Snapshot already exists: ${name}.${snapshotName}`);
    instance.snapshotsTaken += 1;
    const snapshot: SnapshotState = {
      name: snapshotName,
      comment,
      parent: instance.currentSnapshot,
      created: localeDate(clock.date()),
      cpus: instance.cpus,
      memory: instance.memory,
      disk: instance.disk,
      bridged: instance.bridged,
      networks: structuredClone(instance.networks),
      mounts: Object.fromEntries(
        Object.entries(instance.mounts).map(([path, { dead, ...mount }]) => [path, structuredClone(mount)]),
      ),
    };
    instance.snapshots[snapshotName] = snapshot;
    instance.currentSnapshot = snapshotName;
    disks.copy(name, `${name}.${snapshotName}`);
    store.save();
    return snapshot;
  }

  /** The checks that `restore` makes before it asks for confirmation. */
  restorable(name: string, snapshotName: string): { instance: InstanceStateRecord; snapshot: SnapshotState } {
    const instance = this.#life.instances.one(name);
    const snapshot = this.find(instance, snapshotName);
    this.#stopped(name, "restore snapshots of");
    return { instance, snapshot };
  }

  find(instance: InstanceStateRecord, snapshotName: string): SnapshotState {
    const snapshot = instance.snapshots[snapshotName];
    if (!snapshot) throw new RpcError(`No such snapshot: ${instance.name}.${snapshotName}`, "not found");
    return snapshot;
  }

  restore(name: string, snapshotName: string): void {
    const { instance, snapshot } = this.restorable(name, snapshotName);
    instance.cpus = snapshot.cpus;
    instance.memory = snapshot.memory;
    instance.disk = snapshot.disk;
    instance.bridged = snapshot.bridged;
    instance.networks = structuredClone(snapshot.networks);
    this.#mounts.putBack(instance, snapshot.mounts);
    instance.currentSnapshot = snapshotName;
    this.#life.disks.copy(`${name}.${snapshotName}`, name);
    this.#life.store.save();
  }

  remove(instance: InstanceStateRecord, snapshotName: string): void {
    const { parent } = this.find(instance, snapshotName);
    delete instance.snapshots[snapshotName];
    for (const other of Object.values(instance.snapshots)) {
      if (other.parent === snapshotName) other.parent = parent;
    }
    if (instance.currentSnapshot === snapshotName) instance.currentSnapshot = parent;
    this.#life.disks.remove(`${instance.name}.${snapshotName}`);
    this.#life.store.save();
  }

  clone(source: string, wanted: string | undefined): string {
    const { instances, store, disks } = this.#life;
    const original = this.#stopped(source, "clone");
    const name = wanted ?? `${source}-clone${original.cloneCount + 1}`;
    if (!isValidName(name)) throw new RpcError(`Invalid destination instance name: ${name}`);
    instances.checkFree(name);
    original.cloneCount += 1;
    store.world.instances[name] = {
      ...structuredClone(original),
      name,
      mac: instances.nextMac(),
      ipv4: instances.nextAddress(original.zone),
      networks: original.networks.map((network) => ({ ...network, mac: instances.nextMac() })),
      snapshots: {},
      snapshotsTaken: 0,
      cloneCount: 0,
      currentSnapshot: "",
    };
    this.#mounts.revive(store.world.instances[name]);
    disks.copy(source, name);
    store.save();
    return name;
  }
}

/** Formats a date as the C locale's `%c %Z`. */
function localeDate(date: Date): string {
  const text = date.toUTCString();
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(text) ?? [];
  return `${weekday} ${month} ${day?.replace(/^0/, " ")} ${time} ${year} UTC`;
}
