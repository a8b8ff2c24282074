import { forgetName, keepingName } from "../lifecycle/intents.ts";
import { checkSnapshot } from "../lifecycle/snapshot/check.ts";
import { createSnapshot } from "../lifecycle/snapshot/create.ts";
import { forgetIntent, recalledSnapshot } from "../lifecycle/snapshot/look.ts";
import type { SnapshotInputs, SnapshotState } from "../lifecycle/snapshot/model.ts";
import {
  deleteSnapshotResource,
  diffSnapshot,
  readSnapshot,
  updateSnapshot,
} from "../lifecycle/snapshot/operations.ts";
import { onHost, recalled } from "./known.ts";
import { operationsOf } from "./operations.ts";

const operations = operationsOf<SnapshotInputs, SnapshotState>({
  check: checkSnapshot,
  diff: diffSnapshot,
  create: (ctx, inputs) => keepingName(ctx, inputs, () => createSnapshot(ctx, inputs)),
  read: readSnapshot,
  update: (ctx, olds, news, id) => updateSnapshot(ctx, id, olds, news),
  delete: deleteSnapshotResource,
  outcome: () => "the snapshot is taken",
});

export const snapshot = {
  ...operations,

  async check(olds: Partial<SnapshotState>, news: Record<string, unknown>) {
    const { name, instance } = { ...news, ...olds } as Partial<SnapshotInputs>;
    if (olds.name !== undefined) {
      await onHost(olds, async (host) => {
        await forgetIntent(host, olds as SnapshotState);
        await forgetName(host, String(olds.owner), String(olds.name));
      });
    }
    if (name !== undefined || instance === undefined) return operations.check(olds, news);
    return operations.check(
      await recalled(news, (host, owner) => recalledSnapshot(host, owner, instance)),
      news,
    );
  },
};
