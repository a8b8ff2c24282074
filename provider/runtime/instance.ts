import { engineLog } from "../engine-log.ts";
import { checkInstance } from "../lifecycle/instance/check.ts";
import { createInstance } from "../lifecycle/instance/create.ts";
import { deleteInstance } from "../lifecycle/instance/delete.ts";
import { diffInstance, restartsFor } from "../lifecycle/instance/diff.ts";
import type { InstanceInputs, InstanceState } from "../lifecycle/instance/model.ts";
import { readInstance } from "../lifecycle/instance/read.ts";
import { updateInstance } from "../lifecycle/instance/update.ts";
import { MultipassError } from "../multipass/errors.ts";
import { type FromPulumi, operation, withoutUndefined } from "../operation.ts";

/**
 * Machines that Pulumi's state holds, as far as this run has shown. A create of such a one is a replacement that is made before its
 * predecessor is deleted, under the same name: it would take the old machine for its own, and then lose it.
 */
const inState = new Set<string>();

/** The operations of `Instance`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const instance = {
  async check(olds: Partial<InstanceState>, news: Record<string, unknown>) {
    return withoutUndefined(checkInstance(olds, news));
  },

  async diff(id: string, olds: InstanceState, news: InstanceInputs) {
    inState.add(id);
    const restarts = restartsFor(olds, news);
    if (restarts.length > 0) {
      engineLog(news.owner).info(`changing ${restarts.join(", ")} restarts instance "${id}"`);
    }
    return diffInstance(olds, news);
  },

  async create(inputs: FromPulumi<InstanceInputs>) {
    if (inState.has(inputs.name)) {
      throw new MultipassError(`Unable to replace instance "${inputs.name}"`, {
        kind: "instance-exists",
        details: "its replacement has the same name, and was to be made before it is deleted",
        remedy: "Leave the resource option `deleteBeforeReplace` out, or give the replacement another name.",
      });
    }
    return operation(inputs, (ctx, args) => createInstance(ctx, args));
  },

  async read(id: string, state: FromPulumi<InstanceState>) {
    inState.add(id);
    const found = await operation(state, (ctx, known) => readInstance(ctx, id, known));
    // An empty id is how Pulumi is told that a resource is gone.
    return found ? { id, props: found.state, inputs: found.inputs } : { id: "", props: {} };
  },

  async update(id: string, olds: FromPulumi<InstanceState>, news: FromPulumi<InstanceInputs>) {
    return operation(news, (ctx, args) => updateInstance(ctx, id, olds, args));
  },

  async delete(id: string, state: FromPulumi<InstanceState>): Promise<void> {
    await operation(state, (ctx, olds) => deleteInstance(ctx, id, olds));
    inState.delete(id);
  },
};
