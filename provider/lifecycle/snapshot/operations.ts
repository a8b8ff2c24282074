import { isMultipassError } from "../../multipass/errors.ts";
import { deleteSnapshot } from "../../multipass/snapshots.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { findMachine, under, undoIn } from "../machine.ts";
import { patiently } from "../patience.ts";
import { putBackIfLeft, sayOwed, settleOwed, whileStopped } from "../stopped.ts";
import { timeoutOf } from "../timing.ts";
import {
  forgetBothNames,
  forgetIntent,
  intending,
  nameNow,
  observe,
  set,
  setComment,
  snapshotsOf,
} from "./look.ts";
import { SNAPSHOT_COSTS, type SnapshotInputs, type SnapshotState } from "./model.ts";

export function diffSnapshot(olds: SnapshotState, news: SnapshotInputs): DiffResult {
  const found = difference(olds, news, SNAPSHOT_COSTS);
  if ((news.comment ?? "") !== olds.comment) found.updates.push("comment");
  if (!olds.ready) found.updates.push("ready");
  return diffResult(found, true);
}

/** Renames it and changes its comment, neither of which touches the machine. */
export async function updateSnapshot(
  ctx: Context,
  id: string,
  olds: SnapshotState,
  news: SnapshotInputs,
): Promise<{ outs: SnapshotState }> {
  await forgetIntent(ctx.host, olds);
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  return under(
    `Unable to change snapshot "${id}"`,
    (async () => {
      if (news.name !== olds.name) {
        const known = await snapshotsOf(ctx, news, deadline);
        // Renamed already by an update that was interrupted.
        if (known[olds.name] || !known[news.name]) {
          // In the name that Pulumi's state has for its owner until it hears of this.
          await intending(ctx, { ...news, owner: olds.owner }, olds.name, () =>
            set(ctx, `local.${news.instance}.${olds.name}.name`, news.name, deadline),
          );
        }
      }
      const there = (await snapshotsOf(ctx, news, deadline))[news.name];
      await setComment(ctx, news, there?.comment ?? "", deadline);
      if (!olds.ready && olds.owed) await settleOwed(ctx, news.instance, olds.owed, deadline);
      return { outs: await observe(ctx, news, deadline) };
    })(),
  );
}

/** @returns undefined where the daemon has answered that it, or its machine, is gone */
export async function readSnapshot(ctx: Context, state: SnapshotState): Promise<SnapshotState | undefined> {
  await forgetIntent(ctx.host, state);
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  return under(
    `Unable to read snapshot "${state.instance}.${state.name}"`,
    (async () => {
      if (!(await findMachine(ctx, state.instance, deadline))) return undefined;
      const name = await nameNow(ctx, state, deadline);
      const seen = (await snapshotsOf(ctx, state, deadline))[name];
      return seen && { ...state, name, comment: seen.comment, parent: seen.parent };
    })(),
  );
}

/** Removes it for good. Where Multipass cannot while the machine runs, the machine is stopped for it as for taking it. */
export async function deleteSnapshotResource(ctx: Context, state: SnapshotState): Promise<void> {
  if (state.deletionPolicy === "keep") return forgetBothNames(ctx.host, state);
  const { instance, allowRestart } = state;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const remove = (name: string) =>
    patiently(ctx, deadline, async (options) => {
      await deleteSnapshot(ctx.host.driver, instance, name, options).catch((error) => {
        if (!isMultipassError(error, "snapshot-missing", "instance-missing")) throw error;
      });
    });
  await under(
    `Unable to delete snapshot "${instance}.${state.name}"`,
    // Snapshots of a deleted instance go when it is purged.
    undoIn(ctx, instance, deadline, async () => {
      const name = await nameNow(ctx, state, deadline);
      const done = await remove(name).then(
        () => putBackIfLeft(ctx, instance, deadline),
        (error) => {
          // The hypervisor holds a lock on the image of a machine that runs. One that was seen stopped may run again by now, since it was
          // stopped for another snapshot.
          if (!isMultipassError(error, "instance-not-stopped", "image-locked")) throw error;
          const purpose = `delete snapshot "${name}"`;
          return whileStopped(ctx, instance, { allowRestart, purpose }, deadline, () => remove(name));
        },
      );
      // It is gone, whatever becomes of the machine: a delete that fails now would keep the machine from being deleted, too.
      sayOwed(ctx, instance, done);
    }),
  );
  await forgetBothNames(ctx.host, state);
}
