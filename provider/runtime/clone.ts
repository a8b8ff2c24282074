import { checkClone } from "../lifecycle/clone/check.ts";
import { createClone } from "../lifecycle/clone/create.ts";
import type { CloneInputs, CloneState } from "../lifecycle/clone/model.ts";
import { deleteClone, diffClone, readClone, updateClone } from "../lifecycle/clone/operations.ts";
import { noteKnown } from "./known.ts";
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
    return operations.check(olds, news);
  },
};
