import { formatOf } from "../cli/args.ts";
import { ClientExit, RpcError, severalErrors } from "../cli/errors.ts";
import { humanSize, MiB } from "../cli/memory-size.ts";
import { isUp } from "../daemon/instances.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { InstanceStateRecord, SnapshotState } from "../world.ts";
import { type Command, formatOption } from "./command.ts";
import { infoCsv, mountTexts } from "./info-csv.ts";
import { addresses, shownState, zoneOf } from "./list.ts";

/** What the daemon learns from the guest over SSH. */
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

const noRuntime = { release: "", cpu_count: "", load: [], disks: { sda1: {} }, memory: {} };

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
  const known = up && askGuest ? runtime(instance) : noRuntime;
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

/** The instances and snapshots that are asked for. */
function collect(
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

function asText(name: string, entry: InfoDocument[string], zones: boolean): string {
  const lines: [string, string][] = [["Name", name]];
  if (entry.state !== undefined) {
    const up = entry.cpu_count !== "";
    const disk = entry.disks?.sda1 as { used?: string; total?: string };
    const memory = entry.memory as { used?: number; total?: number };
    lines.push(["State", entry.state]);
    if (zones) lines.push(["Zone", entry.zone?.name ?? ""]);
    lines.push(["Snapshots", entry.snapshot_count ?? "0"]);
    lines.push(["IPv4", entry.ipv4?.join("\n                ") || "--"]);
    lines.push(["Release", entry.release || "--"]);
    const release = entry.image_release ? ` (Ubuntu ${entry.image_release})` : "";
    lines.push(["Image hash", `${entry.image_hash?.slice(0, 12) || "Not Available"}${release}`]);
    lines.push(["CPU(s)", entry.cpu_count || "--"]);
    lines.push(["Load", up ? (entry.load ?? []).map((load) => load.toFixed(2)).join(" ") : "--"]);
    const outOf = (used: number, total: number) => `${humanSize(used)} out of ${humanSize(total)}`;
    lines.push(["Disk usage", up ? outOf(Number(disk.used), Number(disk.total)) : "--"]);
    lines.push(["Memory usage", up ? outOf(memory.used ?? 0, memory.total ?? 0) : "--"]);
    lines.push(["Mounts", mountTexts(entry.mounts).join("\n                ") || "--"]);
  }
  for (const snapshot of Object.keys(entry.snapshots ?? {})) lines.push(["Snapshot", snapshot]);
  return lines.map(([label, value]) => `${`${label}:`.padEnd(16)}${value}\n`).join("");
}

export const info: Command = {
  options: (caps) => [
    formatOption,
    { names: ["snapshots"] },
    { names: ["no-runtime-information"] },
    ...(caps.legacyOptions ? [{ names: ["all"] }] : []),
  ],
  async run(context, args) {
    const format = formatOf(args);
    if (context.caps.legacyOptions && args.has("all")) {
      context.err("Warning: the `--all` flag for the `info` command is deprecated\n");
    }
    if (args.has("all") && args.positional.length > 0) {
      throw new ClientExit("Cannot specify name when --all option set");
    }
    const document = await context.request((daemon) =>
      collect(daemon, args.positional, args.has("snapshots"), !args.has("no-runtime-information")),
    );
    if (format === "json") {
      context.printJson({ errors: [], info: document });
    } else if (format === "yaml") {
      await context.printYaml({ errors: [], ...document });
    } else if (format === "csv") {
      context.out(infoCsv(byName(document), context.caps.zones));
    } else {
      const texts = byName(document).map(([name, entry]) => asText(name, entry, context.caps.zones));
      context.out(texts.length === 0 ? "No instances found.\n" : texts.join("\n"));
    }
    return 0;
  },
};

const byName = (document: InfoDocument) => Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1));
