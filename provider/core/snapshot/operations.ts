import { isMultipassError } from "../../driver/errors.ts";
import { deleteSnapshot } from "../../driver/snapshots.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { findMachine, undoIn } from "../machine.ts";
import type { Operation } from "../operation/operation.ts";
import { putBackIfLeft, sayOwed, settleOwed, whileStopped } from "../stopped.ts";
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
import { SNAPSHOT, type SnapshotInputs, type SnapshotState } from "./model.ts";

export function diffSnapshot(olds: SnapshotState, news: SnapshotInputs): DiffResult {
  const found = difference(olds, news, SNAPSHOT);
  if (!olds.ready) found.updates.push("ready");
  return diffResult(found, true);
}

/** Renames it and changes its comment. Neither touches the instance. */
export async function updateSnapshot(
  op: Operation,
  id: string,
  olds: SnapshotState,
  news: SnapshotInputs,
): Promise<{ outs: SnapshotState }> {
  await forgetIntent(op.multipass, olds);
  return op.under(`Unable to change snapshot "${id}"`, async () => {
    if (news.name !== olds.name) {
      const known = await snapshotsOf(op, news);
      // An interrupted update may have renamed it already.
      if (known[olds.name] || !known[news.name]) {
        // Uses the owner from Pulumi's state, because Pulumi has not heard of this update yet.
        await intending(op, { ...news, owner: olds.owner }, olds.name, () =>
          set(op, `local.${news.instance}.${olds.name}.name`, news.name),
        );
      }
    }
    const there = (await snapshotsOf(op, news))[news.name];
    await setComment(op, news, there?.comment ?? "");
    if (!olds.ready && olds.owed) await settleOwed(op, news.instance, olds.owed);
    return { outs: await observe(op, news) };
  });
}

/** @returns undefined if the daemon answers that it, or its instance, is gone */
export async function readSnapshot(op: Operation, state: SnapshotState): Promise<SnapshotState | undefined> {
  await forgetIntent(op.multipass, state);
  return op.under(`Unable to read snapshot "${state.instance}.${state.name}"`, async () => {
    if (!(await findMachine(op, state.instance))) return undefined;
    const name = await nameNow(op, state);
    const seen = (await snapshotsOf(op, state))[name];
    return seen && { ...state, name, comment: seen.comment, parent: seen.parent };
  });
}

/**
 * Removes it for good. If Multipass requires it, the instance is stopped meanwhile, as it was for taking the
 * snapshot.
 */
export async function deleteSnapshotResource(op: Operation, state: SnapshotState): Promise<void> {
  if (state.deletionPolicy === "keep") return forgetBothNames(op.multipass, state);
  const { instance, allowRestart } = state;
  const remove = (name: string) =>
    op.patiently(async (options) => {
      await deleteSnapshot(op.multipass.driver, instance, name, options).catch((error) => {
        if (!isMultipassError(error, "snapshot-missing", "instance-missing")) throw error;
      });
    });
  await op.under(
    `Unable to delete snapshot "${instance}.${state.name}"`,
    // Purging a deleted instance removes its snapshots.
    () =>
      undoIn(op, instance, async () => {
        const name = await nameNow(op, state);
        const done = await remove(name).then(
          () => putBackIfLeft(op, instance),
          (error) => {
            // The hypervisor locks the image of a running instance. One that was seen stopped may be running
            // again after another snapshot.
            if (!isMultipassError(error, "instance-not-stopped", "image-locked")) throw error;
            const purpose = `delete snapshot "${name}"`;
            return whileStopped(op, instance, { allowRestart, purpose }, () => remove(name));
          },
        );
        // The snapshot is gone, even if the instance fails to start. A failed delete would only keep the
        // instance from being deleted.
        sayOwed(op, instance, done);
      }),
  );
  await forgetBothNames(op.multipass, state);
}
