import { formatOf } from "../cli/args.ts";
import { ClientExit } from "../cli/errors.ts";
import { hashOrder, toTable, toWideTable } from "../cli/format.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { InstanceStateRecord } from "../world.ts";
import { type Command, formatOption } from "./command.ts";

export const shownState = ({ state, deleted }: InstanceStateRecord) => (deleted ? "Deleted" : state);

/** Only of instances that are up. */
export function addresses(daemon: Multipassd, instance: InstanceStateRecord): string[] {
  const up = !instance.deleted && (instance.state === "Running" || instance.state === "Delayed Shutdown");
  if (!up) return [];
  if (instance.ipv4 === "") return daemon.caps.addressNotAvailable ? ["N/A"] : [];
  return [instance.ipv4];
}

export const zoneOf = (daemon: Multipassd, instance: InstanceStateRecord) => ({
  name: instance.zone,
  available: daemon.store.world.zones[instance.zone]?.available ?? true,
});

export const list: Command = {
  options: () => [formatOption, { names: ["snapshots"] }, { names: ["no-ipv4"] }],
  async run(context, args) {
    const format = formatOf(args);
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    if (args.has("snapshots") && args.has("no-ipv4")) {
      throw new ClientExit("IP addresses are not applicable in conjunction with listing snapshots");
    }
    const daemon = await context.daemon();
    if (args.has("snapshots")) {
      const instances = await daemon.main.run(() => daemon.instances.all().filter(({ deleted }) => !deleted));
      const withSnapshots = instances.filter(({ snapshots }) => Object.keys(snapshots).length > 0);
      if (format === "table") {
        withSnapshots.sort((a, b) => (a.name < b.name ? -1 : 1));
        const rows = withSnapshots.flatMap(({ name, snapshots }) =>
          Object.values(snapshots).map(({ name: own, parent, comment }) => [
            name,
            own,
            parent || "--",
            comment || "--",
          ]),
        );
        const header = ["Instance", "Snapshot", "Parent", "Comment"];
        context.out(rows.length === 0 ? "No snapshots found.\n" : toTable([header, ...rows]));
        return 0;
      }
      const bySnapshot = (instance: InstanceStateRecord) =>
        Object.fromEntries(
          hashOrder(Object.keys(instance.snapshots)).map((name) => {
            const { parent = "", comment = "" } = instance.snapshots[name] ?? {};
            return [name, { parent, comment }];
          }),
        );
      const document = {
        errors: [],
        info: Object.fromEntries(withSnapshots.map((instance) => [instance.name, bySnapshot(instance)])),
      };
      if (format === "yaml") await context.printYaml(document);
      else context.printJson(document);
      return 0;
    }
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
    if (format === "yaml") {
      await context.printYaml(Object.fromEntries(rows.map(({ name, ...row }) => [name, [row]])));
    } else if (format === "csv") {
      const zones = context.caps.zones;
      context.out(`Name,State,IPv4,Release,AllIPv4${zones ? ",Zone,Zone available" : ""}\n`);
      for (const { name, state, ipv4, release, zone } of rows) {
        const zoneCells = zone ? `,${zone.name},${zone.available}` : "";
        context.out(`${name},${state},${ipv4[0] ?? ""},${release},"${ipv4.join(",")}"${zoneCells}\n`);
      }
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
