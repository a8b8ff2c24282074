import { checkMount } from "../lifecycle/mount/check.ts";
import type { MountInputs, MountState } from "../lifecycle/mount/model.ts";
import {
  createMount,
  deleteMount,
  diffMount,
  readMount,
  updateMount,
} from "../lifecycle/mount/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Mount`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const mount = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkMount(news);
  },

  async diff(_id: string, olds: MountState, news: MountInputs) {
    return diffMount(olds, news);
  },

  create(inputs: FromPulumi<MountInputs>) {
    return operation(inputs, createMount);
  },

  async read(id: string, state: FromPulumi<MountState>) {
    return readResult(id, await operation(state, readMount));
  },

  update(_id: string, olds: FromPulumi<MountState>, news: FromPulumi<MountInputs>) {
    return operation(news, (ctx, args) => updateMount(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<MountState>): Promise<void> {
    return operation(state, deleteMount);
  },
};
