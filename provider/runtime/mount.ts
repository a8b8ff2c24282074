import { checkMount } from "../lifecycle/mount/check.ts";
import type { MountInputs, MountState } from "../lifecycle/mount/model.ts";
import {
  createMount,
  deleteMount,
  diffMount,
  putBackMount,
  readMount,
  updateMount,
} from "../lifecycle/mount/operations.ts";
import { operationsOf } from "./operations.ts";

export const mount = operationsOf<MountInputs, MountState>({
  check: checkMount,
  diff: diffMount,
  create: createMount,
  read: readMount,
  update: updateMount,
  delete: deleteMount,
  outcome: ({ target }) => `mounted at ${target}`,
  deletion: () => "unmounted",
  restorable: {
    in: ({ instance }) => instance,
    // Made anew, whatever the daemon lists.
    withoutUndone: (olds) => ({ ...olds, source: "" }),
    putBack: { while: "stopped", run: putBackMount },
  },
});
