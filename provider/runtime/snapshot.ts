import { checkSnapshot } from "../lifecycle/snapshot/check.ts";
import { createSnapshot } from "../lifecycle/snapshot/create.ts";
import type { SnapshotInputs, SnapshotState } from "../lifecycle/snapshot/model.ts";
import {
  deleteSnapshotResource,
  diffSnapshot,
  readSnapshot,
  updateSnapshot,
} from "../lifecycle/snapshot/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Snapshot`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const snapshot = {
  async check(olds: Partial<SnapshotState>, news: Record<string, unknown>) {
    return checkSnapshot(olds, news);
  },

  async diff(_id: string, olds: SnapshotState, news: SnapshotInputs) {
    return diffSnapshot(olds, news);
  },

  create(inputs: FromPulumi<SnapshotInputs>) {
    return operation(inputs, createSnapshot);
  },

  async read(id: string, state: FromPulumi<SnapshotState>) {
    return readResult(id, await operation(state, readSnapshot));
  },

  update(id: string, olds: FromPulumi<SnapshotState>, news: FromPulumi<SnapshotInputs>) {
    return operation(news, (ctx, args) => updateSnapshot(ctx, id, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<SnapshotState>): Promise<void> {
    return operation(state, deleteSnapshotResource);
  },
};
