import { hostOf } from "../host.ts";
import { checkClone } from "../lifecycle/clone/check.ts";
import { createClone } from "../lifecycle/clone/create.ts";
import type { CloneInputs, CloneState } from "../lifecycle/clone/model.ts";
import {
  deleteClone,
  diffClone,
  putBackClone,
  readClone,
  updateClone,
} from "../lifecycle/clone/operations.ts";
import type { Host } from "../lifecycle/context.ts";
import { recalledName } from "../lifecycle/instance/ownership.ts";
import { refusedByThisVersion } from "../lifecycle/instance/preflight.ts";
import { keepingName } from "../lifecycle/intents.ts";
import { withoutUndefined } from "../operation.ts";
import { deletionOutcome, machineOutcome } from "../outcome.ts";
import { cancelSignal } from "../shutdown.ts";
import { noteKnown, recalled } from "./known.ts";
import { operationsOf } from "./operations.ts";

const operations = operationsOf<CloneInputs, CloneState>({
  check: checkClone,
  diff: diffClone,
  create: (ctx, inputs) => keepingName(ctx, inputs, () => createClone(ctx, inputs)),
  read: readClone,
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

/** One that Pulumi's state holds is deleted before its replacement is made. */
const recall = ({ journal }: Host, owner: string) => recalledName(journal, owner, () => false);

/** The only size of which an installed version has a minimum that a copy could fall below: the disk is at least the source's. */
const memoryOf = ({ memory }: Partial<CloneInputs>) => ({ memory });

export const clone = {
  ...operations,

  async check(olds: Partial<CloneState>, news: Record<string, unknown>) {
    if (olds.name !== undefined) await noteKnown(olds.name, olds);
    const known = (news["name"] ?? olds.name) === undefined ? await recalled(news, recall) : olds;
    const { inputs, failures } = await operations.check(known, news);
    const refused = await refusedByThisVersion(
      async () => hostOf(inputs.multipassPath).version({ signal: cancelSignal }),
      olds.name === inputs.name && olds.source === inputs.source ? memoryOf(olds) : {},
      memoryOf(inputs),
    );
    const more = refused.filter(({ property }) => !failures.some((failure) => failure.property === property));
    return withoutUndefined({ inputs, failures: [...failures, ...more] });
  },
};
