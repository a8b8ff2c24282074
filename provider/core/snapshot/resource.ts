import { recalled } from "../instance/known.ts";
import { forgetName, keepingName } from "../ledger/kept-names.ts";
import { outsOf, resourceOf } from "../resource.ts";
import { checkSnapshot } from "./check.ts";
import { createSnapshot } from "./create.ts";
import { forgetIntent, recalledSnapshot } from "./look.ts";
import type { SnapshotInputs, SnapshotState } from "./model.ts";
import { deleteSnapshotResource, diffSnapshot, readSnapshot, updateSnapshot } from "./operations.ts";

export const snapshot = resourceOf<SnapshotInputs, SnapshotState>({
  manages: ({ instance, name }) => ({ property: "name", of: ["snapshot", instance, name] }),
  seen: {
    async check(multipass, olds) {
      if (olds.name === undefined) return;
      await forgetIntent(multipass, olds as SnapshotInputs);
      await forgetName(multipass, String(olds.owner), olds.name);
    },
  },
  async check(olds, news, run) {
    const { name, instance } = { ...news, ...olds } as Partial<SnapshotInputs>;
    const isNew = name === undefined && instance !== undefined;
    const known = isNew
      ? await recalled(run, news, (multipass, owner) => recalledSnapshot(multipass, owner, instance))
      : olds;
    return checkSnapshot(known, news);
  },
  diff: diffSnapshot,
  create: (op, inputs) => keepingName(op, inputs, () => createSnapshot(op, inputs)),
  read: outsOf(readSnapshot),
  update: (op, olds, news, id) => updateSnapshot(op, id, olds, news),
  delete: deleteSnapshotResource,
  outcome: () => "the snapshot is taken",
});
