import { outsOf, resourceOf } from "../resource.ts";
import { checkMount } from "./check.ts";
import type { MountInputs, MountState } from "./model.ts";
import { createMount, deleteMount, diffMount, putBackMount, readMount, updateMount } from "./operations.ts";

export const mount = resourceOf<MountInputs, MountState>({
  manages: ({ instance, target }) => ({ property: "target", of: ["mount", instance, target] }),
  check: checkMount,
  diff: diffMount,
  create: createMount,
  read: outsOf(readMount),
  update: updateMount,
  delete: deleteMount,
  outcome: ({ target }) => `mounted at ${target}`,
  deletion: () => "unmounted",
  restorable: {
    in: ({ instance }) => instance,
    // Forces a new mount, whatever the daemon lists.
    withoutUndone: (olds) => ({ ...olds, source: "" }),
    putBack: { while: "stopped", run: putBackMount },
  },
});
