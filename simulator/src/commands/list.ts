import { formatOf } from "../cli/args.ts";
import { ClientExit } from "../cli/errors.ts";
import { toCsv, toWideTable } from "../cli/format.ts";
import { isUp } from "../daemon/instances.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { InstanceStateRecord } from "../world.ts";
import { type Command, formatOption } from "./command.ts";
import { listSnapshots } from "./list-snapshots.ts";

export const shownState = ({ state, deleted }: InstanceStateRecord) => (deleted ? "Deleted" : state);

/** Addresses of an instance; only running instances have any. */
export function addresses(daemon: Multipassd, instance: InstanceStateRecord): string[] {
  if (!isUp(instance)) return [];
  const { innerAddresses = [] } = daemon.faults.guest(instance.name);
  if (instance.ipv4 !== "") return [instance.ipv4, ...innerAddresses];
  return innerAddresses.length === 0 && daemon.caps.addressNotAvailable ? ["N/A"] : innerAddresses;
}

export const zoneOf = (daemon: Multipassd, instance: InstanceStateRecord) => ({
  name: instance.zone,
  available: daemon.store.world.zones[instance.zone]?.available ?? true,
});

export const list: Command = {
  options: () => [formatOption, { names: ["snapshots"] }, { names: ["no-ipv4"] }],
  async run(context, args) {
    const isOfSnapshots = args.has("snapshots");
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    if (isOfSnapshots && args.has("no-ipv4")) {
      throw new ClientExit("IP addresses are not applicable in conjunction with listing snapshots");
    }
    if (isOfSnapshots) return listSnapshots(context, formatOf<never>(args));
    const format = formatOf(args, "csv");
    const daemon = await context.daemon();
    const rows = await daemon.main.run(() =>
      daemon.instances.all().map((instance) => ({
        name: instance.name,
        state: shownState(instance),
        ipv4: args.has("no-ipv4") ? [] : addresses(daemon, instance),
        release: instance.listRelease,
        ...(context.caps.zones ? { zone: zoneOf(daemon, instance) } : {}),
      })),
    );
    if (format === "json") {
      context.printJson({ list: rows });
      return 0;
    }
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (format === "csv") {
      // Releases without zones have a column for an address that no instance ever has.
      const header = context.caps.zones
        ? ["Name", "State", "IPv4", "Release", "AllIPv4", "Zone", "Zone available"]
        : ["Name", "State", "IPv4", "IPv6", "Release", "AllIPv4"];
      const cells = rows.map(({ name, state, ipv4, release, zone }) => {
        const quoted = `"${ipv4.join(",")}"`;
        const [first = ""] = ipv4;
        return zone
          ? [name, state, first, release, quoted, zone.name, String(zone.available)]
          : [name, state, first, "", release, quoted];
      });
      context.out(toCsv([header, ...cells]));
    } else if (rows.length === 0) {
      context.out("No instances found.\n");
    } else {
      const header = ["Name", "State", "IPv4", "Image", ...(context.caps.zones ? ["Zone"] : [])];
      const cells = rows.map((row) => [
        row.name,
        row.state,
        row.ipv4[0] ?? "--",
        row.release,
        row.zone?.name ?? "",
      ]);
      const nameWidth = Math.max(24, ...rows.map(({ name }) => name.length + 1));
      context.out(toWideTable([header, ...cells], [nameWidth, 18, 17, 20]));
    }
    return 0;
  },
};
