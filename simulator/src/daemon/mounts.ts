import { isDeepStrictEqual } from "node:util";
import { RpcError, severalErrors } from "../cli/errors.ts";
import type { InstanceStateRecord, MountState } from "../world.ts";
import type { Life } from "./life.ts";

const REFUSED_TARGETS = /^\/($|dev(\/|$)|proc(\/|$)|sys(\/|$)|home\/?$|home\/ubuntu\/?$)/;

export interface MountTarget {
  instance: string;
  /** Undefined if derived from the source. */
  path: string | undefined;
}

const snapMissing = (name: string) =>
  [
    `Snap support needs to be installed in '${name}' in order to support mounts.`,
    "Please see https://docs.snapcraft.io/installing-snapd for information on",
    "how to install snap support for your instance's distribution.",
    "",
    "If your distribution's instructions specify enabling classic snap support,",
    "please do that as well.",
    "",
    "Alternatively, install `sshfs` manually inside the instance.",
  ].join("\n");

/** The absolute path in the guest. */
export function guestPath(path: string): string {
  return path.startsWith("/") ? path.replace(/(.)\/+$/, "$1") : `/home/ubuntu/${path}`;
}

/** Host directories mounted in guests. */
export class Mounts {
  readonly #life: Life;

  constructor(life: Life) {
    this.#life = life;
  }

  get enabled(): boolean {
    return this.#life.store.world.settings["local.privileged-mounts"] !== "false";
  }

  checkEnabled(): void {
    if (this.enabled) return;
    throw new RpcError(
      "Mounts are disabled on this installation of Multipass.\n\nSee https://canonical.com/multipass/docs/stable/reference/settings/local-privileged-mounts for information\non how to enable them.",
    );
  }

  add(mount: MountState, targets: MountTarget[]): void {
    this.checkEnabled();
    const { store, faults } = this.#life;
    const problems: string[] = [];
    for (const target of targets) {
      const instance = this.#life.instances.find(target.instance);
      if (!instance || instance.deleted) {
        problems.push(`instance '${target.instance}' ${instance ? "is deleted" : "does not exist"}`);
        continue;
      }
      const base = mount.source.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
      const path = guestPath(target.path ?? base);
      if (REFUSED_TARGETS.test(path)) {
        problems.push(`unable to mount to "${path}"`);
      } else if (instance.mounts[path] && !instance.mounts[path].dead) {
        problems.push(`"${path}" is already mounted in '${instance.name}'`);
      } else if (mount.type === "native" && instance.state !== "Stopped") {
        throw new RpcError(`Please stop the instance ${instance.name} before attempting native mounts.`);
      } else if (
        mount.type === "classic" &&
        instance.state === "Running" &&
        faults.guest(instance.name).snapSupport === false
      ) {
        problems.push(`error mounting "${path}": ${snapMissing(instance.name)}`);
      } else {
        instance.mounts[path] = { ...mount };
      }
    }
    store.save();
    if (problems.length > 0) throw severalErrors(problems);
  }

  remove(targets: MountTarget[]): void {
    const problems: string[] = [];
    for (const target of targets) {
      const instance = this.#life.instances.find(target.instance);
      if (!instance || instance.deleted) {
        problems.push(`instance '${target.instance}' ${instance ? "is deleted" : "does not exist"}`);
      } else if (target.path === undefined) {
        instance.mounts = Object.fromEntries(Object.entries(instance.mounts).filter(([, { dead }]) => dead));
      } else {
        const path = guestPath(target.path);
        const there = instance.mounts[path];
        if (there && !there.dead) delete instance.mounts[path];
        else problems.push(`path "${path}" is not mounted in '${instance.name}'`);
      }
    }
    this.#life.store.save();
    if (problems.length > 0) throw severalErrors(problems);
  }

  /**
   * Restores the mounts of a snapshot. If a current mount must be removed, upstream's `update_mounts` makes
   * none of the snapshot's: the daemon shows them, but the guest has nothing there.
   */
  putBack(instance: InstanceStateRecord, mounts: Record<string, MountState>): void {
    const before = instance.mounts;
    const isKept = (path: string) => {
      const there = before[path];
      return there !== undefined && !there.dead && isDeepStrictEqual(there, mounts[path]);
    };
    const isPruned = Object.entries(before).some(([path, { dead }]) => !dead && !isKept(path));
    instance.mounts = Object.fromEntries(
      Object.entries(mounts).map(([path, mount]) => [
        path,
        isPruned && !isKept(path) ? { ...mount, dead: true } : { ...mount },
      ]),
    );
  }

  /** Makes all known mounts when the daemon starts. */
  revive(instance: InstanceStateRecord): void {
    for (const mount of Object.values(instance.mounts)) delete mount.dead;
  }

  /**
   * Called at a start. Definitions that cannot be mounted are dropped permanently, with only a line on
   * stderr.
   */
  activate(instance: InstanceStateRecord): string[] {
    if (this.#life.faults.guest(instance.name).snapSupport !== false) return [];
    const warnings: string[] = [];
    for (const [path, mount] of Object.entries(instance.mounts)) {
      if (mount.type !== "classic") continue;
      delete instance.mounts[path];
      warnings.push(`Removing mount "${path}" from '${instance.name}': ${snapMissing(instance.name)}`);
    }
    this.#life.store.save();
    return warnings;
  }
}
