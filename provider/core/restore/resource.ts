import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  HOST_ERRORS,
  ignoring,
  isMultipassError,
  MultipassError,
  OUTCOME_UNKNOWN,
} from "../../driver/errors.ts";
import { type CheckResult, validate } from "../check.ts";
import type { PowerState } from "../common.ts";
import type { Multipass } from "../context.ts";
import { difference, type Properties } from "../description.ts";
import { requireInstance } from "../instances.ts";
import { COMPLETION_MS, type Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { noteRestored, putBackHoldings, settleRestored } from "../restored.ts";
import { createdAt, snapshotsOf } from "../snapshot/look.ts";
import { notPutBack, type Owing, putBackIfLeft, settleOwed, whileStopped } from "../stopped.ts";
import { isUnknown } from "../unknown.ts";
import { RESTORE, type RestoreInputs, type RestoreState } from "./model.ts";

/** Without read and delete: a restore cannot be undone, and must not be repeated on a new instance. */
export const restore = new DescribedResource<RestoreInputs, RestoreState>({
  id: ({ instance, snapshot }) => `${instance}.${snapshot}`,
  seen: { diff: forgetKnown, read: forgetKnown, delete: forgetKnown },
  check: (_olds, news) => checkRestore(news),
  diff: (olds, news) => ({
    ...difference(olds, news, RESTORE),
    ...(isDue(olds, news) && { trigger: "update" }),
  }),
  coexists: () => true,
  async create(op, inputs) {
    return isDue({}, inputs) ? restoreInstance(op, inputs) : { ...inputs, ready: true };
  },
  update: updateRestore,
  import: "Declare it without a trigger: `pulumi up` restores nothing.",
  outcome: ({ restored }) => (restored ? `restored to "${restored.snapshot}"` : "nothing to restore"),
});

export function checkRestore(args: Properties): CheckResult<RestoreInputs> {
  const { inputs, failures } = validate(RESTORE, args);
  const { discardCurrentState } = inputs;
  if (failures.length === 0 && discardCurrentState !== true && !isUnknown(discardCurrentState)) {
    failures.push({
      property: "discardCurrentState",
      reason:
        "must be true: a restore discards everything that has changed in the instance since the snapshot, for good",
    });
  }
  return { inputs, failures };
}

/** Whether there is a trigger other than the last one acted on. */
function isDue({ restored }: Pick<RestoreState, "restored">, { trigger }: RestoreInputs): boolean {
  return trigger !== undefined && !isDeepStrictEqual(restored?.trigger, trigger);
}

async function updateRestore(op: Operation, olds: RestoreState, news: RestoreInputs): Promise<RestoreState> {
  const owed = olds.ready ? undefined : olds.owed;
  const due = isDue(olds, news);
  // A restore of the same instance also puts back the power state.
  if (due && news.instance === olds.instance) return restoreInstance(op, news, owed);
  if (owed) {
    await op.under(`Unable to bring instance "${olds.instance}" back after its restore`, () =>
      settleOwed(op, olds.instance, owed),
    );
  }
  if (due) return restoreInstance(op, news);
  return { ...news, ...(olds.restored && { restored: olds.restored }), ready: true };
}

const intentOf = ({ instance, owner }: RestoreInputs) => ({ kind: "restore" as const, instance, owner });

const actOf = ({ snapshot, trigger }: Pick<RestoreInputs, "snapshot" | "trigger">) =>
  hash("sha256", JSON.stringify([snapshot, trigger]));

/**
 * Milliseconds for which a restore that Pulumi has not heard of is not repeated: a repeat could destroy a
 * day's work in the instance. A user who asks later has seen the state of the instance.
 */
const NO_REPEAT_MS = 24 * 3_600_000;

/** The last restore, if a run of this resource already made exactly this one. */
async function madeAlready(op: Operation, inputs: RestoreInputs): Promise<{ since: string } | undefined> {
  const last = await op.multipass.intents.read(intentOf(inputs));
  if (last?.act !== actOf(inputs) || Date.now() - Date.parse(last.since) >= NO_REPEAT_MS) return undefined;
  const { instance, snapshot } = inputs;
  const created = await createdAt(op, instance, snapshot).catch(
    ignoring("snapshot-missing", "instance-missing"),
  );
  // A different creation time means another snapshot of that name, such as one of a recreated instance.
  return last.taken === created ? last : undefined;
}

/** Called once Pulumi's state has the restore. From then on, the same request is a new one. */
export async function forgetKnown({ intents }: Multipass, state: RestoreState): Promise<void> {
  const { restored } = state;
  if (restored && (await intents.read(intentOf(state)))?.act === actOf(restored))
    await intents.forget(intentOf(state));
}

/** @param before the power state that an earlier restore still has to put back */
async function restoreInstance(
  op: Operation,
  inputs: RestoreInputs,
  before?: PowerState,
): Promise<RestoreState> {
  const { instance, snapshot, allowRestart } = inputs;
  const { intents } = op.multipass;
  const headline = `Unable to restore instance "${instance}" to snapshot "${snapshot}"`;
  const last = await op.under(headline, () => madeAlready(op, inputs));
  if (last) {
    op.log.warn(
      `not restoring instance "${instance}" to snapshot "${snapshot}" again: an interrupted run did it at ${last.since}. To restore it once more, change \`trigger\``,
    );
    const { owed } = await putBackIfLeft(op, instance, before);
    // A run that was killed right after the restore recorded nothing else.
    const noted = await intents.read({ kind: "restored", instance });
    if (!noted || noted.since < last.since) await noteRestored(op.multipass, instance);
    await settleRestored(op, instance);
    return restoredState(inputs, last.since, owed);
  }
  const purpose = `restore snapshot "${snapshot}"`;
  const { owed } = await op.under(headline, async () => {
    await requireSnapshot(op, inputs);
    const created = await createdAt(op, instance, snapshot);
    const options = { allowRestart, purpose, owed: before };
    return whileStopped(op, instance, options, async () => {
      await restoreWhole(op, inputs);
      // The restore is done, even if it cannot be recorded.
      const intent = { ...intentOf(inputs), taken: created, act: actOf(inputs) };
      await intents.write(intent).catch(() => undefined);
      await noteRestored(op.multipass, instance);
      await putBackHoldings(op, instance, "stopped");
    });
  });
  await settleRestored(op, instance).catch((error: Error) => op.log.warn(error.message));
  op.log.info(`restored instance "${instance}" to snapshot "${snapshot}"`);
  return restoredState(inputs, new Date().toISOString(), owed);
}

/**
 * Restores a stopped instance. Repeating that is harmless while it stays stopped, so a restore that may have
 * begun is repeated to its end. Otherwise the next run would restore again and discard all work done since.
 */
async function restoreWhole(op: Operation, inputs: RestoreInputs): Promise<void> {
  const { instance, snapshot } = inputs;
  let mayHaveBegun = false;
  const call = (asker: Operation) =>
    asker.patiently((options) =>
      op.multipass.driver.restoreSnapshot(instance, snapshot, options).catch((error) => {
        // If the daemon could not be reached, it has not begun.
        mayHaveBegun ||= !isMultipassError(error, ...HOST_ERRORS);
        throw error;
      }),
    );
  op.check("the restore");
  op.log.status(`restoring snapshot "${snapshot}"`);
  try {
    await call(op);
  } catch (error) {
    if (!mayHaveBegun || !isMultipassError(error, ...OUTCOME_UNKNOWN)) throw error;
    op.log.status(`finishing the restore of snapshot "${snapshot}"`);
    await call(op.undisturbed(COMPLETION_MS)).catch((reason: Error) => {
      op.log.warn(
        `instance "${instance}" may or may not have been restored; the next run restores it again: ${reason.message}`,
      );
      throw error;
    });
  }
}

/** @throws InitializationError if the instance is not back in its earlier power state */
function restoredState(inputs: RestoreInputs, at: string, owed: Owing["owed"]): RestoreState {
  const { instance, snapshot, trigger } = inputs;
  const restored = { trigger, snapshot, at };
  if (!owed) return { ...inputs, restored, ready: true };
  const done = `Instance "${instance}" was restored, but`;
  throw notPutBack({ ...inputs, restored }, owed, done, ", and does not repeat the restore");
}

/** Refuses a missing snapshot before the instance is stopped. @throws MultipassError */
async function requireSnapshot(op: Operation, { instance, snapshot }: RestoreInputs): Promise<void> {
  await requireInstance(op, instance);
  const known = Object.keys(await snapshotsOf(op, instance));
  if (known.includes(snapshot)) return;
  throw new MultipassError(`Snapshot "${instance}.${snapshot}" does not exist`, {
    kind: "snapshot-missing",
    remedy:
      known.length === 0
        ? "Take one first: this instance has none."
        : `Choose one of these: ${known.sort().join(", ")}.`,
  });
}
