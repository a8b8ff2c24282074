import { isMultipassError, MultipassError, OUTCOME_UNKNOWN } from "../../driver/errors.ts";
import { InitializationError } from "../context.ts";
import { requireInstance } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { notPutBack, type Owing, putBackIfLeft, sayOwed, whileStopped } from "../stopped.ts";
import { intending, isOurs, observe, setComment, snapshotsOf } from "./look.ts";
import type { SnapshotInputs, SnapshotState } from "./model.ts";

export async function createSnapshot(op: Operation, inputs: SnapshotInputs): Promise<SnapshotState> {
  const id = `${inputs.instance}.${inputs.name}`;
  return op.under(`Unable to take snapshot "${id}"`, async () => {
    await requireInstance(op, inputs.instance);
    const existing = (await snapshotsOf(op, inputs.instance))[inputs.name];
    if (existing && (await isOurs(op.multipass, inputs))) {
      op.log.info(`keeping snapshot "${id}", which an interrupted run has taken`);
      const owing = await putBackIfLeft(op, inputs.instance);
      await setComment(op, inputs, existing.comment);
      return kept(op, inputs, owing);
    }
    if (existing) return adopt(op, inputs, existing);
    const purpose = `take snapshot "${inputs.name}"`;
    const { allowRestart } = inputs;
    const done = await whileStopped(op, inputs.instance, { allowRestart, purpose }, () => take(op, inputs));
    const { result: unheard } = done;
    if (unheard && !(await isTaken(op, inputs))) {
      sayOwed(op, inputs.instance, done);
      throw unheard;
    }
    return kept(op, inputs, done);
  });
}

/**
 * Takes the snapshot. An interrupted daemon may have taken it already, so "exists" is a failure only on the
 * first try.
 *
 * @returns undefined, or the error that left the outcome unknown
 */
async function take(op: Operation, inputs: SnapshotInputs): Promise<MultipassError | undefined> {
  const { instance, name, comment } = inputs;
  op.log.status("taking the snapshot");
  try {
    await intending(op, inputs, "", () =>
      op.patiently((options, number) =>
        op.multipass.driver.takeSnapshot(instance, name, comment, options).catch((error) => {
          if (number === 1 || !isMultipassError(error, "snapshot-exists")) throw error;
        }),
      ),
    );
    return undefined;
  } catch (error) {
    if (isMultipassError(error, ...OUTCOME_UNKNOWN)) return error;
    throw error;
  }
}

/** Whether it exists. The check has a time limit of its own, since the operation is over. */
async function isTaken(op: Operation, inputs: SnapshotInputs): Promise<boolean> {
  const seen = await snapshotsOf(op.lastLook(), inputs.instance).catch(() => undefined);
  return seen?.[inputs.name] !== undefined;
}

/**
 * The state of a snapshot that was taken.
 *
 * @throws InitializationError on any failure: the snapshot exists, and outside the state it would be taken
 *   for somebody else's
 */
async function kept(op: Operation, inputs: SnapshotInputs, { owed }: Owing): Promise<SnapshotState> {
  const id = `${inputs.instance}.${inputs.name}`;
  const blank = { ...inputs, comment: inputs.comment ?? "", parent: "", created: "", ready: false };
  const headline = `Snapshot "${id}" was taken, but could not be read`;
  const seen = await op.under(headline, () => observe(op, inputs)).catch((error: Error) => error);
  const outs = seen instanceof Error ? blank : seen;
  if (owed) throw notPutBack(outs, owed, `Snapshot "${id}" was taken, but the instance`);
  if (seen instanceof Error) throw new InitializationError(blank, seen);
  return seen;
}

async function adopt(
  op: Operation,
  inputs: SnapshotInputs,
  existing: { comment: string },
): Promise<SnapshotState> {
  if (!inputs.adopt) {
    throw new MultipassError(`Snapshot "${inputs.name}" already exists`, {
      kind: "snapshot-exists",
      details: "this stack did not take it",
      remedy: `Choose another name, remove it (\`multipass delete --purge ${inputs.instance}.${inputs.name}\`), or keep it as it is with \`adopt: true\`.`,
    });
  }
  op.log.info(`adopted the existing snapshot "${inputs.instance}.${inputs.name}"`);
  await setComment(op, inputs, existing.comment);
  return observe(op, inputs);
}
