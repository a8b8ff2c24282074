import { checkSnapshot } from "../lifecycle/snapshot/check.ts";
import { createSnapshot } from "../lifecycle/snapshot/create.ts";
import type { SnapshotInputs, SnapshotState } from "../lifecycle/snapshot/model.ts";
import {
  deleteSnapshotResource,
  diffSnapshot,
  readSnapshot,
  updateSnapshot,
} from "../lifecycle/snapshot/operations.ts";
import { operationsOf } from "./operations.ts";

export const snapshot = operationsOf<SnapshotInputs, SnapshotState>({
  check: checkSnapshot,
  diff: diffSnapshot,
  create: createSnapshot,
  read: readSnapshot,
  update: (ctx, olds, news, id) => updateSnapshot(ctx, id, olds, news),
  delete: deleteSnapshotResource,
});
