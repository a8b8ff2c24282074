import { checkClone } from "../lifecycle/clone/check.ts";
import { createClone } from "../lifecycle/clone/create.ts";
import type { CloneInputs, CloneState } from "../lifecycle/clone/model.ts";
import { deleteClone, diffClone, readClone, updateClone } from "../lifecycle/clone/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Clone`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const clone = {
  async check(olds: Partial<CloneState>, news: Record<string, unknown>) {
    return checkClone(olds, news);
  },

  async diff(_id: string, olds: CloneState, news: CloneInputs) {
    return diffClone(olds, news);
  },

  create(inputs: FromPulumi<CloneInputs>) {
    return operation(inputs, createClone);
  },

  async read(id: string, state: FromPulumi<CloneState>) {
    return readResult(id, await operation(state, readClone));
  },

  update(_id: string, olds: FromPulumi<CloneState>, news: FromPulumi<CloneInputs>) {
    return operation(news, (ctx, args) => updateClone(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<CloneState>): Promise<void> {
    return operation(state, deleteClone);
  },
};
