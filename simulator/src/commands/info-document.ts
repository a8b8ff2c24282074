import { RpcError, severalErrors } from "../cli/errors.ts";
import { humanSize, MiB } from "../cli/memory-size.ts";
import { isUp } from "../daemon/instances.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { InstanceStateRecord, SnapshotState } from "../world.ts";
import { addresses, shownState, zoneOf } from "./list.ts";

/** Facts that the daemon learns from the guest over SSH. */
function runtime(instance: InstanceStateRecord) {
  return {
    release: instance.guestRelease,
    cpu_count: String(instance.cpus),
    load: [0.1, 0.05, 0.01],
    disks: { sda1: { used: String(1920 * MiB), total: String(Math.floor(instance.disk * 0.95)) } },
    // The guest sees less memory than it was given.
    memory: { used: Math.floor(instance.memory * 0.2), total: Math.floor(instance.memory * 0.94) },
  };
}

const NO_RUNTIME = { release: "", cpu_count: "", load: [], disks: { sda1: {} }, memory: {} };

function mountsOf(daemon: Multipassd, instance: InstanceStateRecord) {
  if (!daemon.mounts.enabled) return {};
  return Object.fromEntries(
    Object.entries(instance.mounts).map(([path, { uidMappings, gidMappings, source }]) => [
      path,
      { uid_mappings: uidMappings, gid_mappings: gidMappings, source_path: source },
    ]),
  );
}

function instanceDocument(daemon: Multipassd, instance: InstanceStateRecord, askGuest: boolean) {
  const up = isUp(instance);
  if (up && askGuest) {
    const failure = daemon.guests.sshFailure(instance);
    if (failure !== undefined) throw new RpcError(failure);
  }
  const known = up && askGuest ? runtime(instance) : NO_RUNTIME;
  return {
    ...(daemon.caps.zones ? { zone: zoneOf(daemon, instance) } : {}),
    state: shownState(instance),
    image_hash: instance.imageHash,
    image_release: instance.imageRelease,
    release: known.release,
    cpu_count: known.cpu_count,
    snapshot_count: String(Object.keys(instance.snapshots).length),
    load: known.load,
    disks: known.disks,
    memory: known.memory,
    ipv4: askGuest ? addresses(daemon, instance) : [],
    mounts: mountsOf(daemon, instance),
  };
}

function snapshotDocument(instance: InstanceStateRecord, snapshot: SnapshotState) {
  const children = Object.values(instance.snapshots).filter(({ parent }) => parent === snapshot.name);
  return {
    size: "",
    cpu_count: String(snapshot.cpus),
    disk_space: humanSize(snapshot.disk),
    memory_size: humanSize(snapshot.memory),
    mounts: Object.fromEntries(
      Object.entries(snapshot.mounts).map(([path, { source }]) => [path, { source_path: source }]),
    ),
    created: snapshot.created,
    parent: snapshot.parent,
    children: children.map(({ name }) => name),
    comment: snapshot.comment,
  };
}

type InstanceDocument = ReturnType<typeof instanceDocument>;
export type SnapshotDocument = ReturnType<typeof snapshotDocument>;
export type InfoDocument = Record<
  string,
  Partial<InstanceDocument> & { snapshots?: Record<string, SnapshotDocument> }
>;

/** The requested instances and snapshots. */
export function collect(
  daemon: Multipassd,
  names: string[],
  onlySnapshots: boolean,
  askGuest: boolean,
): InfoDocument {
  const result: InfoDocument = {};
  const problems: string[] = [];
  const wanted = names.length > 0 ? names : daemon.instances.all().map(({ name }) => name);
  for (const wantedName of new Set(wanted)) {
    const [name = "", snapshotName] = wantedName.split(".", 2);
    const instance = daemon.instances.find(name);
    if (!instance) {
      problems.push(`instance "${name}" does not exist`);
      continue;
    }
    const entry = result[name] ?? {};
    result[name] = entry;
    if (snapshotName !== undefined) {
      const snapshot = instance.snapshots[snapshotName];
      if (!snapshot) problems.push(`No such snapshot: ${wantedName}`);
      else entry.snapshots = { ...entry.snapshots, [snapshotName]: snapshotDocument(instance, snapshot) };
    } else if (onlySnapshots) {
      const all = Object.values(instance.snapshots).map((own) => [own.name, snapshotDocument(instance, own)]);
      if (all.length > 0) entry.snapshots = Object.fromEntries(all);
      else delete result[name];
    } else {
      Object.assign(entry, instanceDocument(daemon, instance, askGuest));
    }
  }
  if (problems.length > 0) throw severalErrors(problems, "not found");
  return result;
}

/** The mounts of an instance or a snapshot, as text. */
export const mountTexts = (mounts: Record<string, { source_path: string }> = {}) =>
  Object.entries(mounts).map(([path, { source_path }]) => `${source_path} => ${path}`);
