import { resourceOf } from "../resource.ts";
import { checkRestore } from "./check.ts";
import type { RestoreInputs, RestoreState } from "./model.ts";
import { createRestore, diffRestore, forgetKnown, updateRestore } from "./operations.ts";

/**
 * No read and no delete: nothing undoes a restore, and if it were forgotten with its instance, the next
 * instance would be restored.
 */
export const restore = resourceOf<RestoreInputs, RestoreState>({
  seen: { diff: forgetKnown, read: forgetKnown, delete: forgetKnown },
  check: (_olds, news) => checkRestore(news),
  diff: diffRestore,
  create: createRestore,
  update: (op, olds, news, id) => updateRestore(op, id, olds, news),
  outcome: ({ restored }) => (restored ? `restored to "${restored.snapshot}"` : "nothing to restore"),
});
