import { toCsv } from "../cli/format.ts";
import { type InfoDocument, mountTexts, type SnapshotDocument } from "./info-document.ts";

function snapshotRow(instance: string, name: string, snapshot: SnapshotDocument): string[] {
  return [
    name,
    instance,
    snapshot.cpu_count,
    snapshot.disk_space,
    snapshot.memory_size,
    mountTexts(snapshot.mounts).join(";"),
    snapshot.created,
    snapshot.parent,
    snapshot.children.join(";"),
    `"${snapshot.comment}"`,
  ];
}

function instanceRow(name: string, entry: InfoDocument[string], zones: boolean): string[] {
  const { ipv4 = [], load = [] } = entry;
  const disk = entry.disks?.sda1 as { used?: string; total?: string } | undefined;
  const memory = entry.memory as { used?: number; total?: number } | undefined;
  const cells = [
    name,
    entry.state,
    ...(zones ? [entry.zone?.name, entry.zone?.available, ipv4[0]] : [ipv4[0], ""]),
    entry.release,
    entry.image_hash,
    entry.image_release,
    load.join(" "),
    disk?.used,
    disk?.total,
    memory?.used,
    memory?.total,
    mountTexts(entry.mounts).join(";"),
    ipv4.join(";"),
    entry.cpu_count,
    entry.snapshot_count,
  ];
  return cells.map((cell) => String(cell ?? ""));
}

/** `info --format csv`, of instances or of snapshots. */
export function infoCsv(entries: [string, InfoDocument[string]][], zones: boolean): string {
  const instances = entries.filter(([, { state }]) => state !== undefined);
  if (instances.length > 0) {
    // Releases without zones have a column for an address that no instance ever has.
    const head = zones
      ? ["Name", "State", "Zone", "Zone available", "Ipv4"]
      : ["Name", "State", "Ipv4", "Ipv6"];
    const rest =
      "Release,Image hash,Image release,Load,Disk usage,Disk total,Memory usage,Memory total,Mounts,AllIPv4,CPU(s),Snapshots";
    return toCsv([[...head, rest], ...instances.map(([name, entry]) => instanceRow(name, entry, zones))]);
  }
  const rows = entries.flatMap(([name, { snapshots = {} }]) =>
    Object.entries(snapshots).map(([own, snapshot]) => snapshotRow(name, own, snapshot)),
  );
  if (rows.length === 0) return "";
  const header = "Snapshot,Instance,CPU(s),Disk space,Memory size,Mounts,Created,Parent,Children,Comment";
  return toCsv([[header], ...rows]);
}
