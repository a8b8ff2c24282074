import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { restoreSnapshot } from "../../multipass/snapshots.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Intent } from "../../readiness/intents.ts";
import { type Context, type Host, InitializationError } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import type { PowerState } from "../instance/model.ts";
import { restorationOf, restoreOf } from "../intents.ts";
import { requireMachine, under } from "../machine.ts";
import { HOST_ERRORS, patiently } from "../patience.ts";
import { noteRestored, putBackHoldings, settleRestored } from "../restored.ts";
import { createdAt, snapshotsOf } from "../snapshot/look.ts";
import { type Owing, putBackIfLeft, settleOwed, whileStopped } from "../stopped.ts";
import { mayGoOn, timeoutOf, UNHEARD, unhurried } from "../timing.ts";
import { RESTORE_COSTS, type RestoreInputs, type RestoreState } from "./model.ts";

export function diffRestore(olds: RestoreState, news: RestoreInputs): DiffResult {
  const found = difference(olds, news, RESTORE_COSTS);
  if (isDue(olds, news)) found.updates.push("trigger");
  if (!olds.ready) found.updates.push("ready");
  return diffResult(found, false);
}

/** Whether there is a trigger, and it is not the one that was last acted on. */
function isDue({ restored }: Pick<RestoreState, "restored">, { trigger }: RestoreInputs): boolean {
  return trigger !== undefined && !isDeepStrictEqual(restored?.trigger, trigger);
}

export async function createRestore(
  ctx: Context,
  inputs: RestoreInputs,
): Promise<{ id: string; outs: RestoreState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const id = `${inputs.instance}.${inputs.snapshot}`;
  if (!isDue({}, inputs)) return { id, outs: { ...inputs, ready: true } };
  return { id, outs: await restore(ctx, id, inputs, deadline) };
}

export async function updateRestore(
  ctx: Context,
  id: string,
  olds: RestoreState,
  news: RestoreInputs,
): Promise<{ outs: RestoreState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  const owed = olds.ready ? undefined : olds.owed;
  const due = isDue(olds, news);
  // A restore of the same machine pays it on its way.
  if (due && news.instance === olds.instance) return { outs: await restore(ctx, id, news, deadline, owed) };
  if (owed) {
    await under(
      `Unable to bring instance "${olds.instance}" back after its restore`,
      settleOwed(ctx, olds.instance, owed, deadline),
    );
  }
  if (due) return { outs: await restore(ctx, id, news, deadline) };
  return { outs: { ...news, ...(olds.restored && { restored: olds.restored }), ready: true } };
}

const intentOf = ({ instance, owner }: RestoreInputs) => restoreOf(instance, owner);

const actOf = ({ snapshot, trigger }: Pick<RestoreInputs, "snapshot" | "trigger">) =>
  createHash("sha256")
    .update(JSON.stringify([snapshot, trigger]))
    .digest("hex");

/**
 * Milliseconds for which a restore of which Pulumi has not heard is not made again: a day's work may stand in the machine since. Who asks after
 * that has seen what the machine is.
 */
const UNHEARD_MS = 24 * 3_600_000;

/** The last restore, where it is the very one that is asked for, and a run of this resource has made it. */
async function madeAlready(
  ctx: Context,
  inputs: RestoreInputs,
  deadline: Deadline,
): Promise<Intent | undefined> {
  const last = await ctx.host.intents.read(intentOf(inputs));
  if (last?.after !== actOf(inputs) || Date.now() - Date.parse(last.since) >= UNHEARD_MS) return undefined;
  const { instance, snapshot: name } = inputs;
  const created = await createdAt(ctx, { instance, name }, deadline).catch((error) => {
    if (!isMultipassError(error, "snapshot-missing", "instance-missing")) throw error;
  });
  // Taken at another time it is another one of that name, as of a machine that was made anew.
  return last.before === created ? last : undefined;
}

/** Once Pulumi's state has the restore: from then on it is a new one that is asked for. */
export async function forgetKnown({ intents }: Pick<Host, "intents">, state: RestoreState): Promise<void> {
  const { restored } = state;
  if (restored && (await intents.read(intentOf(state)))?.after === actOf(restored))
    await intents.forget(intentOf(state));
}

/** @param before the state that the restore before has left the machine owing */
async function restore(
  ctx: Context,
  id: string,
  inputs: RestoreInputs,
  deadline: Deadline,
  before?: PowerState,
): Promise<RestoreState> {
  const { instance, snapshot, allowRestart } = inputs;
  const { intents } = ctx.host;
  const headline = `Unable to restore instance "${instance}" to snapshot "${snapshot}"`;
  const last = await under(headline, madeAlready(ctx, inputs, deadline));
  if (last) {
    ctx.log.warn(
      `instance "${instance}" is not restored to snapshot "${snapshot}" again: a run of which Pulumi has not heard has done it at ${last.since}. To have it restored anew, give it another \`trigger\``,
    );
    const { owed } = await putBackIfLeft(ctx, instance, deadline, before);
    // A run that was killed right after the restore has noted nothing else.
    const noted = await intents.read(restorationOf(instance));
    if (!noted || noted.since < last.since) await noteRestored(ctx.host, instance);
    await settleRestored(ctx, instance, deadline);
    return restoredState(id, inputs, last.since, owed);
  }
  const purpose = `restore snapshot "${snapshot}"`;
  const { owed } = await under(
    headline,
    (async () => {
      await requireSnapshot(ctx, inputs, deadline);
      const created = await createdAt(ctx, { instance, name: snapshot }, deadline);
      const options = { allowRestart, purpose, owed: before };
      return whileStopped(ctx, instance, options, deadline, async () => {
        await restoreWhole(ctx, inputs, deadline);
        // What cannot be written down is done all the same.
        const intent = { owner: inputs.owner, before: created, after: actOf(inputs) };
        await intents.write(intentOf(inputs), intent).catch(() => undefined);
        await noteRestored(ctx.host, instance);
        await putBackHoldings(ctx, instance, "stopped");
      });
    })(),
  );
  await settleRestored(ctx, instance, deadline).catch((error: Error) => ctx.log.warn(error.message));
  ctx.log.info(`restored instance "${instance}" to snapshot "${snapshot}"`);
  return restoredState(id, inputs, new Date().toISOString(), owed);
}

/** Milliseconds for the end of a restore that nobody waited for: longer than the daemon can be busy with it. */
const FINISH_MS = 360_000;

/**
 * Restores a machine that is stopped. Restored twice is restored once, as long as it does not run; so one that the daemon may be at still, or
 * has made unheard, is brought to its end: left open, the next run would make it again, and throw away what the machine has become by then.
 */
async function restoreWhole(ctx: Context, inputs: RestoreInputs, deadline: Deadline): Promise<void> {
  const { instance, snapshot } = inputs;
  let mayHaveBegun = false;
  const call = (asker: Context, within: Deadline) =>
    patiently(asker, within, (options) =>
      restoreSnapshot(ctx.host.driver, instance, snapshot, options).catch((error) => {
        // What the daemon was not there for, it has not begun.
        mayHaveBegun ||= !isMultipassError(error, ...HOST_ERRORS);
        throw error;
      }),
    );
  mayGoOn(ctx, deadline, "the restore");
  ctx.log.status(`restoring snapshot "${snapshot}"`);
  try {
    await call(ctx, deadline);
  } catch (error) {
    if (!mayHaveBegun || !isMultipassError(error, ...UNHEARD)) throw error;
    ctx.log.status(`bringing the restore of snapshot "${snapshot}" to its end`);
    await call(unhurried(ctx), new Deadline(ctx.clock, FINISH_MS)).catch((reason: Error) => {
      ctx.log.warn(
        `it is not known whether instance "${instance}" was restored; the next run restores it again: ${reason.message}`,
      );
      throw error;
    });
  }
}

/** @throws InitializationError where the machine is not what it was before */
function restoredState(id: string, inputs: RestoreInputs, at: string, owed: Owing["owed"]): RestoreState {
  const { instance, snapshot, trigger } = inputs;
  const restored = { trigger, snapshot, at };
  if (!owed) return { ...inputs, restored, ready: true };
  throw new InitializationError(
    id,
    { ...inputs, restored, ready: false, owed: owed.powerState },
    new MultipassError(`Instance "${instance}" was restored, but is not ${owed.powerState} again`, {
      kind: "guest-start-timeout",
      details: owed.error.message,
      remedy: "The next `pulumi up` tries it again; it restores nothing.",
    }),
  );
}

/**
 * No machine is stopped for a snapshot that is not there.
 *
 * @throws MultipassError of kind `instance-missing`, `instance-deleted` or `snapshot-missing`
 */
async function requireSnapshot(
  ctx: Context,
  { instance, snapshot }: RestoreInputs,
  deadline: Deadline,
): Promise<void> {
  await requireMachine(ctx, instance, deadline);
  const known = Object.keys(await snapshotsOf(ctx, { instance }, deadline));
  if (known.includes(snapshot)) return;
  throw new MultipassError(`There is no snapshot "${instance}.${snapshot}"`, {
    kind: "snapshot-missing",
    remedy:
      known.length === 0
        ? "Take one first: this instance has none."
        : `Name one of those that there are: ${known.sort().join(", ")}.`,
  });
}
