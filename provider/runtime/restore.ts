import { checkRestore } from "../lifecycle/restore/check.ts";
import type { RestoreInputs, RestoreState } from "../lifecycle/restore/model.ts";
import { createRestore, diffRestore, forgetKnown, updateRestore } from "../lifecycle/restore/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { onHost } from "./known.ts";

/** Takes note that Pulumi's state has the last restore. */
const noteKnown = (state: RestoreState) => onHost(state, (host) => forgetKnown(host, state));

const outcome = ({ outs }: { outs: RestoreState }) =>
  outs.restored ? `restored to "${outs.restored.snapshot}"` : "nothing to restore";

/** The operations of `Restore`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const restore = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkRestore(news);
  },

  async diff(_id: string, olds: RestoreState, news: RestoreInputs) {
    await noteKnown(olds);
    return diffRestore(olds, news);
  },

  create(inputs: FromPulumi<RestoreInputs>) {
    return operation(inputs, createRestore, {}, outcome);
  },

  /** An act that was done stays done. Were it forgotten with its machine, it would happen again to the next one. */
  async read(id: string, state: RestoreState) {
    await noteKnown(state);
    return { id, props: state };
  },

  update(id: string, olds: FromPulumi<RestoreState>, news: FromPulumi<RestoreInputs>) {
    return operation(news, (ctx, args) => updateRestore(ctx, id, olds, args), olds, outcome);
  },

  /** Nothing undoes a restore. */
  async delete(_id: string, state: RestoreState): Promise<void> {
    await noteKnown(state);
  },
};
