/**
 * What the thin provider in Pulumi's state imports inside the plugin process, as `pulumi-multipass/runtime`.
 *
 * The names that this module exports are for ever: states written by every released version call them.
 *
 * @module
 */
import { checkInstance } from "./lifecycle/instance/check.ts";
import { createInstance } from "./lifecycle/instance/create.ts";
import { deleteInstance } from "./lifecycle/instance/delete.ts";
import { diffInstance } from "./lifecycle/instance/diff.ts";
import type { InstanceInputs, InstanceState } from "./lifecycle/instance/model.ts";
import { readInstance } from "./lifecycle/instance/read.ts";
import { updateInstance } from "./lifecycle/instance/update.ts";
import { type FromPulumi, operation, withoutUndefined } from "./operation.ts";

/** The operations of `Instance`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const instance = {
  async check(olds: Partial<InstanceState>, news: Record<string, unknown>) {
    return withoutUndefined(checkInstance(olds, news));
  },

  async diff(_id: string, olds: InstanceState, news: InstanceInputs) {
    return diffInstance(olds, news);
  },

  create(inputs: FromPulumi<InstanceInputs>) {
    return operation(inputs, (ctx, args) => createInstance(ctx, args));
  },

  async read(id: string, state: FromPulumi<InstanceState>) {
    const found = await operation(state, (ctx, olds) => readInstance(ctx, id, olds));
    // An empty id is how Pulumi is told that a resource is gone.
    return found ? { id, props: found } : { id: "", props: {} };
  },

  update(id: string, olds: FromPulumi<InstanceState>, news: FromPulumi<InstanceInputs>) {
    return operation(news, (ctx, args) => updateInstance(ctx, id, olds, args));
  },

  delete(id: string, state: FromPulumi<InstanceState>): Promise<void> {
    return operation(state, (ctx, olds) => deleteInstance(ctx, id, olds));
  },
};

export { command } from "./runtime/command.ts";
