import { checkClone } from "../lifecycle/clone/check.ts";
import { createClone } from "../lifecycle/clone/create.ts";
import type { CloneInputs, CloneState } from "../lifecycle/clone/model.ts";
import { deleteClone, diffClone, readClone, updateClone } from "../lifecycle/clone/operations.ts";
import type { Host } from "../lifecycle/context.ts";
import { recalledName } from "../lifecycle/instance/ownership.ts";
import { noteKnown, recalled } from "./known.ts";
import { operationsOf } from "./operations.ts";

const operations = operationsOf<CloneInputs, CloneState>({
  check: checkClone,
  diff: diffClone,
  create: createClone,
  read: readClone,
  update: updateClone,
  delete: deleteClone,
});

export const clone = {
  ...operations,

  async check(olds: Partial<CloneState>, news: Record<string, unknown>) {
    if (olds.name !== undefined) await noteKnown(olds.name, olds);
    if ((news["name"] ?? olds.name) !== undefined) return operations.check(olds, news);
    // One that Pulumi's state holds is deleted before its replacement is made.
    const recall = ({ journal }: Host, owner: string) => recalledName(journal, owner, () => false);
    return operations.check(await recalled(news, recall), news);
  },
};
