import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { MultipassError } from "../../driver/errors.ts";
import { instanceName } from "../check.ts";
import { instanceNamed } from "../claims.ts";
import { InitializationError, type Multipass } from "../context.ts";
import { keepingName, noteKnown, recalled } from "../ledger/kept-names.ts";
import { type Ledger, recordId } from "../ledger/ledger.ts";
import type { Operation } from "../operation/operation.ts";
import { sayable, sentence } from "../redact.ts";
import { DescribedResource } from "../resource.ts";
import { changesBetween, refusalsBy, restartsFor } from "./changes.ts";
import { argumentsOfSameInstance, checkInstance } from "./check.ts";
import { bringUp } from "./create.ts";
import { deleteInstance } from "./delete.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { putBackSetup } from "./modify.ts";
import { deletionOutcome, instanceOutcome, notReady } from "./outputs.ts";
import { wasSeen } from "./ownership.ts";
import { refusedByThisVersion, warningOfReboots } from "./preflight.ts";
import { inputsOf, readInstance } from "./read.ts";
import { updateInstance, updateRestored } from "./update.ts";

/** Records that Pulumi holds the instance with this state. */
async function noteHeld({ inState, ledger }: Multipass, state: InstanceState, id: string): Promise<void> {
  inState.add(id);
  await noteImported(ledger, state, id);
  await ledger.hold(id, state, wasSeen(state));
}

/** An import has only looked. Once Pulumi holds the instance, it is no longer the other resource's. */
async function noteImported(ledger: Ledger, state: InstanceState, id: string): Promise<void> {
  if (state.importedFrom !== undefined) await ledger.takeOver(id, state, state.importedFrom);
}

/** Whether a state belongs to a resource of ours, not to one that is only read (`Instance.get`). */
const isOurs = ({ ready, onlyRead }: InstanceState) => ready !== undefined && !onlyRead;

/** Refuses a replacement before the delete of its predecessor, whose instance it would take and lose. */
async function create(op: Operation, inputs: InstanceInputs): Promise<InstanceState> {
  const { inState, createdHere } = op.multipass;
  if (inState.has(inputs.name)) {
    throw new MultipassError(`Unable to replace instance "${inputs.name}"`, {
      kind: "instance-exists",
      details: "its replacement has the same name, and was to be created before it is deleted",
      remedy: "Set the resource option `deleteBeforeReplace` to true, or give the replacement another name.",
    });
  }
  try {
    const created = await keepingName(op, inputs, () => bringUp(op, inputs));
    createdHere.add(inputs.name);
    return created;
  } catch (error) {
    // Pulumi keeps this instance in its state, too.
    if (error instanceof InitializationError) createdHere.add(inputs.name);
    throw error;
  }
}

export const instance = new DescribedResource<InstanceInputs, InstanceState>({
  id: ({ name }) => name,
  manages: instanceNamed,

  seen: {
    async check(multipass, { name, ...olds }) {
      if (name === undefined) return;
      multipass.inState.add(name);
      await noteKnown(multipass, name, olds);
    },
    diff: noteHeld,
    update: noteHeld,
    delete: ({ ledger }, state, id) => noteImported(ledger, state, id),
    async read(multipass, state, id) {
      if (!isOurs(state)) return;
      multipass.inState.add(id);
      await noteImported(multipass.ledger, state, id);
      await noteKnown(multipass, id, state);
    },
  },

  async check(olds, news, run) {
    const isNew = news["name"] === undefined && olds.name === undefined;
    const known = isNew ? { ...(await recalled(run, news)), automaticName: true } : olds;
    const { inputs, failures, warnings, rebootsBy } = checkInstance(known, news);
    if (inputs.mounts !== undefined) run.declaringMounts.add(inputs.name);
    const ask = () => run.version(inputs);
    const kept = failures.length === 0 ? argumentsOfSameInstance(known, inputs) : known;
    const refused = await refusedByThisVersion(ask, kept, inputs, failures);
    for (const warning of [...warnings, ...(await warningOfReboots(ask, rebootsBy))])
      await run.warnOnce(inputs.owner, warning);
    return { inputs, failures: refused };
  },

  diff: changesBetween,

  // Two instances cannot share a name, so the old one goes first; an automatic name is chosen anew. Without a
  // diff, `pulumi up --replace` goes by the option that the resource sets.
  coexists: (olds, news) => news.name !== olds.name || news.automaticName === true,

  foretell(log, id, olds, news) {
    const refusals = refusalsBy(olds, news);
    for (const failure of refusals) {
      log.warn(`the update will be refused for instance "${id}": ${sentence(sayable(failure, olds, news))}`);
    }
    const restarts = restartsFor(olds, news);
    if (restarts.length > 0 && refusals.length === 0)
      log.info(`changing ${restarts.join(", ")} restarts instance "${id}"`);
  },

  create,

  async read(op, known, id) {
    const found = await readInstance(op, known, id);
    if (!found && isOurs(known)) op.multipass.inState.delete(id);
    return found;
  },

  inputsOf,

  update: updateInstance,

  // `up --replace` asks for no diff and passes no old arguments. So the create of a replacement can only take
  // the instance for one of an interrupted run, and the delete of its predecessor comes afterwards.
  keptBecause: ({ createdHere }, id) =>
    createdHere.has(id)
      ? `instance "${id}" is kept: its replacement has the same name and is the same instance. To replace it, set the resource option deleteBeforeReplace to true, run \`pulumi refresh\`, and then \`pulumi up --replace\` again`
      : undefined,

  async delete(op, state, id) {
    await deleteInstance(op, id, state);
    op.multipass.inState.delete(id);
  },

  import: {
    form: "the name of an instance",
    known: (name) => (v.is(instanceName, name) ? {} : undefined),
    async found({ multipass, log }, { onlyRead: _, ...state }) {
      const inputs = inputsOf(state);
      const { name, owner } = state;
      const entry = await multipass.ledger.entryOf(name);
      const isOthers = entry !== undefined && entry.owner !== owner;
      if (isOthers) log.warn(`instance "${name}" was ${entry.owner}'s, and becomes this resource's`);
      const outs: InstanceState = {
        ...state,
        ...inputs,
        creation: randomUUID(),
        // Multipass does not report how it was made, so that never counts as a difference.
        adopted: true,
        ...(isOthers && { importedFrom: recordId(entry) }),
      };
      return { inputs, outs };
    },
    async list({ roster }, options) {
      const found = await roster.list(options);
      return found.flatMap(({ name, state }) => (state === "Deleted" ? [] : [name]));
    },
  },

  outcome: instanceOutcome,
  deletion: (state, id) => deletionOutcome({ ...state, name: id }),

  restorable: {
    in: ({ name }) => name,
    withoutUndone: notReady,
    putBack: { while: "stopped", run: putBackSetup },
    update: updateRestored,
  },
});
