import { RpcError, severalErrors } from "../cli/errors.ts";
import { hashOrder } from "../cli/format.ts";
import type { InstanceStateRecord } from "../world.ts";
import type { WorldStore } from "../world-store.ts";
import type { GuestDisks } from "./guest-disks.ts";

/** Whether the guest is running, so that requests which need it can be served. */
export const isUp = ({ state, deleted }: InstanceStateRecord) =>
  !deleted && (state === "Running" || state === "Delayed Shutdown");

/** Finds instances for the daemon's commands, with each command's own messages for missing ones. */
export class Instances {
  readonly #store: WorldStore;
  readonly #disks: GuestDisks;

  constructor(store: WorldStore, disks: GuestDisks) {
    this.#store = store;
    this.#disks = disks;
  }

  get #all(): Record<string, InstanceStateRecord> {
    return this.#store.world.instances;
  }

  /** All instances, in an order that nobody can rely on. */
  all(): InstanceStateRecord[] {
    return hashOrder(Object.keys(this.#all)).map((name) => this.#all[name] as InstanceStateRecord);
  }

  find(name: string): InstanceStateRecord | undefined {
    return Object.hasOwn(this.#all, name) ? this.#all[name] : undefined;
  }

  anyRunning(): boolean {
    return this.all().some(({ state, deleted }) => !deleted && state !== "Stopped" && state !== "Suspended");
  }

  /** The named instances, or all; several problems are reported in one error. */
  select(names: string[] | "all", deleted: "accept" | "refuse"): InstanceStateRecord[] {
    if (names === "all") return this.all().filter((instance) => deleted === "accept" || !instance.deleted);
    const problems: string[] = [];
    let missing = false;
    const found: InstanceStateRecord[] = [];
    for (const name of new Set(names)) {
      const instance = this.find(name);
      if (!instance) {
        problems.push(`instance "${name}" does not exist`);
        missing = true;
      } else if (instance.deleted && deleted === "refuse") {
        problems.push(`instance "${name}" is deleted`);
      } else {
        found.push(instance);
      }
    }
    if (problems.length > 0) throw severalErrors(problems, missing ? "not found" : "failed");
    return found;
  }

  /** For commands about one instance, whose message has no frame. */
  one(name: string): InstanceStateRecord {
    const instance = this.find(name);
    if (!instance) throw new RpcError(`instance "${name}" does not exist`, "not found");
    if (instance.deleted) throw new RpcError(`instance "${name}" is deleted`);
    return instance;
  }

  /** For `start`, which has its own messages. */
  startable(names: string[] | "all"): InstanceStateRecord[] {
    if (names === "all") return this.select("all", "refuse");
    const problems = names.flatMap((name) => {
      const instance = this.find(name);
      if (!instance) return [`Instance '${name}' does not exist.`];
      if (!instance.deleted) return [];
      return [
        `Instance '${name}' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.`,
      ];
    });
    if (problems.length > 0) throw new RpcError(`instance(s) missing\n${problems.join("\n")}`, "not found");
    return this.select(names, "refuse");
  }

  /** Refuses a name that exists or is being prepared. */
  checkFree(name: string): void {
    if (Object.hasOwn(this.#store.world.preparing, name)) {
      throw new RpcError(`instance "${name}" is being prepared`);
    }
    if (this.find(name)) throw new RpcError(`instance "${name}" already exists`);
  }

  /** Removes every trace of an instance that is not running. */
  forget(instance: InstanceStateRecord): void {
    delete this.#all[instance.name];
    this.#disks.remove(instance.name);
    for (const snapshot of Object.keys(instance.snapshots))
      this.#disks.remove(`${instance.name}.${snapshot}`);
    this.#store.save();
  }

  recover(instance: InstanceStateRecord): void {
    if (!instance.deleted) return;
    instance.deleted = false;
    instance.state = "Stopped";
    this.#store.save();
  }

  nextMac(): string {
    const { world } = this.#store;
    world.addresses += 1;
    const tail = [16, 8, 0].map((shift) => ((world.addresses >> shift) & 255).toString(16).padStart(2, "0"));
    return `52:54:00:${tail.join(":")}`;
  }

  nextAddress(zone: string): string {
    const { world } = this.#store;
    const subnet = world.zones[zone]?.subnet ?? "10.97.0.0/24";
    const taken = new Set(this.all().map(({ ipv4 }) => ipv4));
    let host = 2;
    let address: string;
    do {
      address = subnet.replace(/\d+\/\d+$/, String(host));
      host += 1;
    } while (taken.has(address));
    return address;
  }
}
