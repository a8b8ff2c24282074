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

/** Renames it and changes its comment, neither of which touches the machine. */
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
      // Renamed already by an update that was interrupted.
      if (known[olds.name] || !known[news.name]) {
        // In the name that Pulumi's state has for its owner until it hears of this.
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

/** @returns undefined where the daemon has answered that it, or its machine, is gone */
export async function readSnapshot(op: Operation, state: SnapshotState): Promise<SnapshotState | undefined> {
  await forgetIntent(op.multipass, state);
  return op.under(`Unable to read snapshot "${state.instance}.${state.name}"`, async () => {
    if (!(await findMachine(op, state.instance))) return undefined;
    const name = await nameNow(op, state);
    const seen = (await snapshotsOf(op, state))[name];
    return seen && { ...state, name, comment: seen.comment, parent: seen.parent };
  });
}

/** Removes it for good. Where Multipass cannot while the machine runs, the machine is stopped for it as for taking it. */
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
    // Snapshots of a deleted instance go when it is purged.
    () =>
      undoIn(op, instance, async () => {
        const name = await nameNow(op, state);
        const done = await remove(name).then(
          () => putBackIfLeft(op, instance),
          (error) => {
            // The hypervisor holds a lock on the image of a machine that runs. One that was seen stopped may run again by now, since it was
            // stopped for another snapshot.
            if (!isMultipassError(error, "instance-not-stopped", "image-locked")) throw error;
            const purpose = `delete snapshot "${name}"`;
            return whileStopped(op, instance, { allowRestart, purpose }, () => remove(name));
          },
        );
        // It is gone, whatever becomes of the machine: a delete that fails now would keep the machine from being deleted, too.
        sayOwed(op, instance, done);
      }),
  );
  await forgetBothNames(op.multipass, state);
}
