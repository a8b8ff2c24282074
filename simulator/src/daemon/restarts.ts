/** How the instances fare when the daemon ends and when it starts again. */
import type { InstanceStateRecord } from "../world.ts";
import { isUp } from "./instances.ts";
import type { Life } from "./life.ts";
import type { Machines } from "./machines.ts";
import type { Mounts } from "./mounts.ts";

/** An orderly end of the daemon suspends running VMs; all others lose their power. */
export function suspendInstances({ store, disks }: Life): void {
  disks.saveAll();
  for (const instance of Object.values(store.world.instances)) {
    if (instance.deleted) continue;
    if (isUp(instance)) {
      instance.state = "Suspended";
      instance.suspendedByDaemon = true;
    } else if (instance.state !== "Suspended") {
      instance.state = "Stopped";
    }
    instance.shutdownAt = undefined;
  }
  store.save();
}

/** What a starting daemon does with the instances it finds. */
export function restoreInstances(
  { store }: Life,
  machines: Machines,
  mounts: Mounts,
  crashed: boolean,
): void {
  for (const instance of Object.values(store.world.instances)) {
    const { state } = instance;
    mounts.revive(instance);
    if (state === "Suspended" && instance.suspendedByDaemon) {
      machines.resume(instance);
      waitInBackground(machines, mounts, instance);
    } else if (crashed && isUp(instance)) {
      machines.powerOn(instance);
      waitInBackground(machines, mounts, instance);
    } else if (state !== "Suspended") {
      // This includes instances in a disabled zone: the daemon keeps only in memory that they are unavailable
      // and whether they ran.
      instance.state = "Stopped";
    }
    instance.suspendedByDaemon = undefined;
    instance.startsWithZone = undefined;
    instance.shutdownAt = undefined;
  }
  store.save();
}

function waitInBackground(machines: Machines, mounts: Mounts, instance: InstanceStateRecord): void {
  machines.waitForSsh(instance).then(
    () => mounts.activate(instance),
    () => undefined,
  );
}
