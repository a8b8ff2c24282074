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
  create: createSnapshot,
  read: readSnapshot,
  update: (ctx, olds, news, id) => updateSnapshot(ctx, id, olds, news),
  delete: deleteSnapshotResource,
  outcome: () => "the snapshot is taken",
});

export const snapshot = {
  ...operations,

  async check(olds: Partial<SnapshotState>, news: Record<string, unknown>) {
    const { name, instance } = { ...news, ...olds } as Partial<SnapshotInputs>;
    if (olds.name !== undefined) await onHost(olds, (host) => forgetIntent(host, olds as SnapshotState));
    if (name !== undefined || instance === undefined) return operations.check(olds, news);
    return operations.check(
      await recalled(news, (host, owner) => recalledSnapshot(host, owner, instance)),
      news,
    );
  },
};
