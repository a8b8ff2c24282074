/** What becomes of the instances when the daemon ends, and when it is there again. */
import type { InstanceStateRecord } from "../world.ts";
import { isUp } from "./instances.ts";
import type { Multipassd } from "./multipassd.ts";

/** An orderly end of the daemon: running VMs are suspended, others lose their power. */
export function suspendInstances({ store, guests }: Multipassd): void {
  guests.saveAll();
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

/** What a starting daemon does with the instances that it finds. */
export function restoreInstances(daemon: Multipassd, crashed: boolean): void {
  const { store, machines } = daemon;
  for (const instance of Object.values(store.world.instances)) {
    const { state } = instance;
    daemon.mounts.revive(instance);
    if (state === "Suspended" && instance.suspendedByDaemon) {
      machines.resume(instance);
      waitInBackground(daemon, instance);
    } else if (crashed && isUp(instance)) {
      machines.powerOn(instance);
      waitInBackground(daemon, instance);
    } else if (state !== "Suspended") {
      // Also of an instance in a disabled zone: that it is unavailable, and whether it ran, is kept in memory only.
      instance.state = "Stopped";
    }
    instance.suspendedByDaemon = undefined;
    instance.startsWithZone = undefined;
    instance.shutdownAt = undefined;
  }
  store.save();
}

function waitInBackground({ machines, mounts }: Multipassd, instance: InstanceStateRecord): void {
  machines.waitForSsh(instance).then(
    () => mounts.activate(instance),
    () => undefined,
  );
}
