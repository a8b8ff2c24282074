import { formatOf } from "../cli/args.ts";
import { ClientExit } from "../cli/errors.ts";
import { humanSize } from "../cli/memory-size.ts";
import { type Command, formatOption } from "./command.ts";
import { infoCsv } from "./info-csv.ts";
import { collect, type InfoDocument, mountTexts } from "./info-document.ts";

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
    const format = formatOf(args, "csv");
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
