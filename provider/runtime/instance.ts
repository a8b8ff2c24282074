import { engineLog } from "../engine-log.ts";
import { hostOf } from "../host.ts";
import { type Context, type Host, InitializationError } from "../lifecycle/context.ts";
import { argumentsOfSameMachine, checkInstance } from "../lifecycle/instance/check.ts";
import { createInstance } from "../lifecycle/instance/create.ts";
import { deleteInstance } from "../lifecycle/instance/delete.ts";
import { diffInstance, refusalsBy, restartsFor } from "../lifecycle/instance/diff.ts";
import type { InstanceInputs, InstanceState } from "../lifecycle/instance/model.ts";
import { putBackSetup } from "../lifecycle/instance/modify.ts";
import { recalledName } from "../lifecycle/instance/ownership.ts";
import { refusedByThisVersion, warningOfReboots } from "../lifecycle/instance/preflight.ts";
import { readInstance } from "../lifecycle/instance/read.ts";
import { updateInstance, updateRestored } from "../lifecycle/instance/update.ts";
import { keepingName } from "../lifecycle/intents.ts";
import { timeoutOf } from "../lifecycle/timing.ts";
import { MultipassError } from "../multipass/errors.ts";
import { type FromPulumi, operation, withoutUndefined } from "../operation.ts";
import { deletionOutcome, machineOutcome } from "../outcome.ts";
import { Deadline } from "../readiness/clock.ts";
import { cancelSignal } from "../shutdown.ts";
import { type NotedProperties, noteHeld, noteKnown, recalled } from "./known.ts";
import { READ } from "./operations.ts";
import { afterRestores } from "./restored.ts";
import { sentence } from "./sentence.ts";

/**
 * Machines that Pulumi's state holds, as far as this run has shown. A create of such a one is a replacement that is made before its
 * predecessor is deleted, under the same name: it would take the old machine for its own, and then lose it.
 */
const inState = new Set<string>();

/**
 * Machines that this run has created. To delete one of them is to delete the predecessor of a replacement that had the same name: `up --replace`
 * asks for no diff and shows no old arguments, so that its create could only take the machine for one of an interrupted run.
 */
const createdHere = new Set<string>();

/** Warnings that this run has shown: Pulumi checks the arguments of a replacement twice. */
const shown = new Set<string>();

function warnOnce(owner: string, warnings: readonly string[]): void {
  for (const warning of warnings) {
    const key = `${owner}\n${warning}`;
    if (!shown.has(key)) engineLog(owner).warn(warning);
    shown.add(key);
  }
}

/** A name is a machine's only together with the Multipass that it is a name in. */
function machine(name: string, { multipassPath = "" }: { multipassPath?: unknown }): string {
  return `${multipassPath}\n${name}`;
}

/** Takes note that Pulumi's state holds the machine, for this run and in the journal. */
async function noteInState(name: string, properties: NotedProperties): Promise<void> {
  inState.add(machine(name, properties));
  await noteKnown(name, properties);
}

const made = ({ outs }: { outs: InstanceState }, ms: number) => machineOutcome(outs, ms);
const restores = afterRestores<InstanceInputs, InstanceState>({
  in: ({ name }) => name,
  withoutUndone: (olds) => ({ ...olds, ready: false }),
  putBack: {
    while: "stopped",
    run: (ctx, inputs) => putBackSetup(ctx, inputs, new Deadline(ctx.clock, timeoutOf("update", inputs))),
  },
});

/** The operations of `Instance`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const instance = {
  async check(olds: Partial<InstanceInputs>, news: Record<string, unknown>) {
    if (olds.name !== undefined) await noteInState(olds.name, olds);
    const recall = ({ journal }: Host, owner: string) =>
      recalledName(journal, owner, (one) => inState.has(machine(one, news)));
    const isNew = news["name"] === undefined && olds.name === undefined;
    const known = isNew ? { ...(await recalled(news, recall)), automaticName: true } : olds;
    const { inputs, failures, warnings, rebootsBy } = checkInstance(known, news);
    const ask = async () => hostOf(inputs.multipassPath).version({ signal: cancelSignal });
    const kept = failures.length === 0 ? argumentsOfSameMachine(known, inputs) : known;
    const refused = (await refusedByThisVersion(ask, kept, inputs)).filter(
      ({ property }) => !failures.some((failure) => failure.property === property),
    );
    warnOnce(inputs.owner, [...warnings, ...(await warningOfReboots(ask, rebootsBy))]);
    return withoutUndefined({ inputs, failures: [...failures, ...refused] });
  },

  async diff(id: string, olds: InstanceState, news: InstanceInputs) {
    inState.add(machine(id, olds));
    await noteHeld(id, olds);
    const undone = await restores.seen(olds, news, false);
    const restarts = restartsFor(olds, news);
    const refusals = refusalsBy(olds, news);
    for (const failure of refusals) {
      const reason = sentence(failure, olds, news);
      engineLog(news.owner).warn(`the update will be refused for instance "${id}": ${reason}`);
    }
    if (restarts.length > 0 && refusals.length === 0) {
      engineLog(news.owner).info(`changing ${restarts.join(", ")} restarts instance "${id}"`);
    }
    return diffInstance(undone ?? olds, news);
  },

  async create(inputs: FromPulumi<InstanceInputs>) {
    if (inState.has(machine(inputs.name, inputs))) {
      throw new MultipassError(`Unable to replace instance "${inputs.name}"`, {
        kind: "instance-exists",
        details: "its replacement has the same name, and was to be made before it is deleted",
        remedy: "Leave the resource option `deleteBeforeReplace` out, or give the replacement another name.",
      });
    }
    try {
      const create = (ctx: Context, args: InstanceInputs) =>
        keepingName(ctx, args, () => createInstance(ctx, args));
      const created = await operation(inputs, create, {}, made);
      createdHere.add(machine(created.id, inputs));
      await restores.settled(inputs);
      return created;
    } catch (error) {
      // Pulumi's state has this one, too.
      if (error instanceof InitializationError) createdHere.add(machine(inputs.name, inputs));
      throw error;
    }
  },

  async read(id: string, state: FromPulumi<InstanceState>) {
    // What is only read (`Instance.get`) is no resource of ours.
    const isOurs = state.ready !== undefined && !state.onlyRead;
    if (isOurs) await noteInState(id, state);
    const found = await operation(state, (ctx, known) => readInstance(ctx, id, known), {}, READ);
    if (isOurs && !found) inState.delete(machine(id, state));
    // An empty id is how Pulumi is told that a resource is gone.
    return found ? { id, props: found.state, inputs: found.inputs } : { id: "", props: {} };
  },

  async update(id: string, olds: FromPulumi<InstanceState>, news: FromPulumi<InstanceInputs>) {
    inState.add(machine(id, olds));
    await noteHeld(id, olds);
    const undone = await restores.seen(olds, news, true);
    const update = undone ? updateRestored : updateInstance;
    const updated = await operation(news, (ctx, args) => update(ctx, id, olds, args), olds, made);
    await restores.settled(news);
    return updated;
  },

  async delete(id: string, state: FromPulumi<InstanceState>): Promise<void> {
    if (createdHere.has(machine(id, state))) {
      engineLog(state.owner).warn(
        `instance "${id}" is kept: its replacement has the same name and is the same machine. To have it made anew, run \`pulumi refresh\` and then \`pulumi up --replace\` again, without the resource option deleteBeforeReplace`,
      );
      return;
    }
    await operation(
      state,
      (ctx, olds) => deleteInstance(ctx, id, olds),
      {},
      () => deletionOutcome({ ...state, name: id }),
    );
    inState.delete(machine(id, state));
    await restores.gone(state);
  },
};
