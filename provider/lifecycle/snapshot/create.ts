import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { takeSnapshot } from "../../multipass/snapshots.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { requireMachine, under } from "../machine.ts";
import { patiently } from "../patience.ts";
import { type Owing, putBackIfLeft, sayOwed, whileStopped } from "../stopped.ts";
import { lastLook, timeoutOf, UNHEARD, unhurried } from "../timing.ts";
import { intending, isOurs, observe, setComment, snapshotsOf } from "./look.ts";
import type { SnapshotInputs, SnapshotState } from "./model.ts";

export async function createSnapshot(
  ctx: Context,
  inputs: SnapshotInputs,
): Promise<{ id: string; outs: SnapshotState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const id = `${inputs.instance}.${inputs.name}`;
  return under(
    `Unable to take snapshot "${id}"`,
    (async () => {
      await requireMachine(ctx, inputs.instance, deadline);
      const existing = (await snapshotsOf(ctx, inputs, deadline))[inputs.name];
      if (existing && (await isOurs(ctx.host, inputs))) {
        ctx.log.info(`going on with snapshot "${id}", which an interrupted run has taken`);
        const owing = await putBackIfLeft(ctx, inputs.instance, deadline);
        await setComment(ctx, inputs, existing.comment, deadline);
        return { id, outs: await kept(ctx, id, inputs, owing, deadline) };
      }
      if (existing) return { id, outs: await adopt(ctx, inputs, existing, deadline) };
      const purpose = `take snapshot "${inputs.name}"`;
      const { allowRestart } = inputs;
      const done = await whileStopped(ctx, inputs.instance, { allowRestart, purpose }, deadline, () =>
        take(ctx, inputs, deadline),
      );
      const { result: unheard } = done;
      if (unheard && !(await isTaken(ctx, inputs))) {
        sayOwed(ctx, inputs.instance, done);
        throw unheard;
      }
      return { id, outs: await kept(ctx, id, inputs, done, deadline) };
    })(),
  );
}

/**
 * An interrupted daemon may have taken it all the same: that it exists is a failure only at the first try.
 *
 * @returns undefined, or the error where nobody has heard whether it was taken
 */
async function take(
  ctx: Context,
  inputs: SnapshotInputs,
  deadline: Deadline,
): Promise<MultipassError | undefined> {
  const { instance, name, comment } = inputs;
  let tries = 0;
  ctx.log.status("taking the snapshot");
  try {
    await intending(ctx, inputs, "", () =>
      patiently(ctx, deadline, async (options) => {
        tries += 1;
        await takeSnapshot(ctx.host.driver, instance, name, comment, options).catch((error) => {
          if (tries === 1 || !isMultipassError(error, "snapshot-exists")) throw error;
        });
      }),
    );
    return undefined;
  } catch (error) {
    if (isMultipassError(error, ...UNHEARD)) return error;
    throw error;
  }
}

/** Whether it is there, asked in a time of its own: the operation's is over, or it was asked to end. */
async function isTaken(ctx: Context, inputs: SnapshotInputs): Promise<boolean> {
  const seen = await snapshotsOf(unhurried(ctx), inputs, lastLook(ctx)).catch(() => undefined);
  return seen?.[inputs.name] !== undefined;
}

/**
 * What is known of a snapshot that was taken.
 *
 * @throws InitializationError: whatever fails, the snapshot is there, and not in the state it would be taken for somebody else's
 */
async function kept(
  ctx: Context,
  id: string,
  inputs: SnapshotInputs,
  { owed }: Owing,
  deadline: Deadline,
): Promise<SnapshotState> {
  const blank = { ...inputs, comment: inputs.comment ?? "", parent: "", created: "" };
  const seen = await observe(ctx, inputs, deadline).catch((error: Error) => error);
  const outs = seen instanceof Error ? blank : seen;
  if (owed) {
    throw new InitializationError(
      id,
      { ...outs, ready: false, owed: owed.powerState },
      new MultipassError(`Snapshot "${id}" was taken, but the instance is not ${owed.powerState} again`, {
        kind: "guest-start-timeout",
        details: owed.error.message,
        remedy: "The next `pulumi up` tries it again.",
      }),
    );
  }
  if (!(seen instanceof Error)) return seen;
  const headline = `Snapshot "${id}" was taken, but the look at it failed`;
  throw new InitializationError(
    id,
    { ...outs, ready: false },
    isMultipassError(seen) ? seen.under(headline) : seen,
  );
}

async function adopt(
  ctx: Context,
  inputs: SnapshotInputs,
  existing: { comment: string },
  deadline: Deadline,
): Promise<SnapshotState> {
  if (!inputs.adopt) {
    throw new MultipassError(`There is a snapshot "${inputs.name}" already`, {
      kind: "snapshot-exists",
      details: "there is one of that name already, and this stack did not take it",
      remedy: `Choose another name, remove it (\`multipass delete --purge ${inputs.instance}.${inputs.name}\`), or take it as it is with \`adopt: true\`.`,
    });
  }
  ctx.log.info(`adopted the existing snapshot "${inputs.instance}.${inputs.name}"`);
  await setComment(ctx, inputs, existing.comment, deadline);
  return observe(ctx, inputs, deadline);
}
