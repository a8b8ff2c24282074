import type { CommandContext } from "../cli/context.ts";
import { hashOrder, toTable } from "../cli/format.ts";
import type { InstanceStateRecord } from "../world.ts";

const byName = (a: InstanceStateRecord, b: InstanceStateRecord) => (a.name < b.name ? -1 : 1);

function asObject({ snapshots }: InstanceStateRecord) {
  return Object.fromEntries(
    hashOrder(Object.keys(snapshots)).map((name) => {
      const { parent = "", comment = "" } = snapshots[name] ?? {};
      return [name, { parent, comment }];
    }),
  );
}

/** `list --snapshots`. */
export async function listSnapshots(context: CommandContext, format: "table" | "json"): Promise<number> {
  const instances = await context.request((daemon) => daemon.instances.all());
  const shown = instances.filter(({ deleted, snapshots }) => !deleted && Object.keys(snapshots).length > 0);
  const header = ["Instance", "Snapshot", "Parent", "Comment"];
  const rows = [...shown]
    .sort(byName)
    .flatMap(({ name, snapshots }) =>
      Object.values(snapshots).map(({ name: own, parent, comment }) => [name, own, parent, comment]),
    );
  if (format === "table") {
    const cells = rows.map((row) => row.map((cell) => cell || "--"));
    context.out(rows.length === 0 ? "No snapshots found.\n" : toTable([header, ...cells]));
  } else {
    const info = Object.fromEntries(shown.map((instance) => [instance.name, asObject(instance)]));
    context.printJson({ errors: [], info });
  }
  return 0;
}
