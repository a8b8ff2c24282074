import { instanceNamed } from "../claims.ts";
import type { Multipass } from "../context.ts";
import { noteKnown, recalled } from "../instance/known.ts";
import { refusedByThisVersion } from "../instance/preflight.ts";
import { keepingName } from "../ledger/kept-names.ts";
import { deletionOutcome, machineOutcome } from "../outcome.ts";
import { outsOf, resourceOf } from "../resource.ts";
import { checkClone } from "./check.ts";
import { createClone } from "./create.ts";
import type { CloneInputs, CloneState } from "./model.ts";
import { deleteClone, diffClone, putBackClone, readClone, updateClone } from "./operations.ts";

/** A clone in Pulumi's state is deleted before its replacement is made, so no name needs to be excluded. */
const recall = ({ ledger }: Multipass, owner: string) => ledger.recall(owner);

/**
 * The only size of a copy that an installed version can refuse: its disk is at least as large as the
 * source's.
 */
const memoryOf = ({ memory }: Partial<CloneInputs>) => ({ memory });

export const clone = resourceOf<CloneInputs, CloneState>({
  manages: instanceNamed,
  seen: {
    async check(multipass, { name, ...olds }) {
      if (name !== undefined) await noteKnown(multipass, name, olds);
    },
  },
  async check(olds, news, run) {
    const known = (news["name"] ?? olds.name) === undefined ? await recalled(run, news, recall) : olds;
    const { inputs, failures } = checkClone(known, news);
    const refused = await refusedByThisVersion(
      async () => run.multipass(inputs).version({ signal: run.door.signal }),
      olds.name === inputs.name && olds.source === inputs.source ? memoryOf(olds) : {},
      memoryOf(inputs),
    );
    const more = refused.filter(({ property }) => !failures.some((failure) => failure.property === property));
    return { inputs, failures: [...failures, ...more] };
  },
  diff: diffClone,
  create: (op, inputs) => keepingName(op, inputs, () => createClone(op, inputs)),
  read: outsOf(readClone),
  update: updateClone,
  delete: deleteClone,
  outcome: machineOutcome,
  deletion: deletionOutcome,
  restorable: {
    in: ({ name }) => name,
    withoutUndone: (olds) => ({ ...olds, ready: false }),
    putBack: { while: "stopped", run: putBackClone },
  },
});
