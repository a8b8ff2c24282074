import {
  type AliasInputs,
  type AliasState,
  checkAlias,
  createAlias,
  deleteAlias,
  diffAlias,
  readAlias,
  updateAlias,
} from "../lifecycle/alias/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Alias`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const alias = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkAlias(news);
  },

  async diff(_id: string, olds: AliasState, news: AliasInputs) {
    return diffAlias(olds, news);
  },

  create(inputs: FromPulumi<AliasInputs>) {
    return operation(inputs, createAlias);
  },

  async read(id: string, state: FromPulumi<AliasState>) {
    return readResult(id, await operation(state, readAlias));
  },

  update(_id: string, olds: FromPulumi<AliasState>, news: FromPulumi<AliasInputs>) {
    return operation(news, (ctx, args) => updateAlias(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<AliasState>): Promise<void> {
    return operation(state, deleteAlias);
  },
};
