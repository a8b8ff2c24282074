import { ignoring, isMultipassError } from "../../driver/errors.ts";
import { automaticName, type CheckResult, validate } from "../check.ts";
import { difference, type Properties } from "../description.ts";
import { partsOf } from "../import.ts";
import { findInstance, undoIn } from "../instances.ts";
import { forgetName, keepingName, recalled } from "../ledger/kept-names.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { putBackIfLeft, sayOwed, settleOwed, whileStopped } from "../stopped.ts";
import { createSnapshot } from "./create.ts";
import {
  createdAt,
  forgetBothNames,
  forgetIntent,
  intending,
  nameNow,
  observe,
  recalledSnapshot,
  set,
  setComment,
  snapshotsOf,
} from "./look.ts";
import { SNAPSHOT, type SnapshotInputs, type SnapshotState } from "./model.ts";

export const snapshot = new DescribedResource<SnapshotInputs, SnapshotState>({
  id: ({ instance, name }) => `${instance}.${name}`,
  manages: ({ instance, name }) => ({ property: "name", of: ["snapshot", instance, name] }),
  seen: {
    async check(multipass, olds) {
      if (olds.name === undefined) return;
      await forgetIntent(multipass, olds as SnapshotInputs);
      await forgetName(multipass, String(olds.owner), olds.name);
    },
  },
  async check(olds, news, run) {
    const { name, instance } = { ...news, ...olds } as Partial<SnapshotInputs>;
    const isNew = name === undefined && instance !== undefined;
    const known = isNew
      ? await recalled(run, news, (multipass, owner) => recalledSnapshot(multipass, owner, instance))
      : olds;
    return checkSnapshot(known, news);
  },
  diff: (olds, news) => difference(olds, news, SNAPSHOT),
  create: (op, inputs) => keepingName(op, inputs, () => createSnapshot(op, inputs)),
  read: readSnapshot,
  update: updateSnapshot,
  delete: deleteSnapshot,
  import: {
    form: "INSTANCE.SNAPSHOT",
    known(id) {
      const named = partsOf(id, "instance", ".", "name");
      return named && { ...named, ready: true };
    },
    async found(op, { comment, ...outs }) {
      const { instance, name, owner } = outs;
      const created = await createdAt(op, instance, name);
      const inputs = { instance, name, owner, ...(comment !== "" && { comment }) };
      return { inputs, outs: { ...outs, comment, created } };
    },
    async list({ driver }, options) {
      const all = await driver.listSnapshots(options);
      return Object.entries(all).flatMap(([instance, snapshots]) =>
        Object.keys(snapshots).map((name) => `${instance}.${name}`),
      );
    },
  },
  outcome: () => "the snapshot is taken",
});

export function checkSnapshot(olds: { name?: string }, args: Properties): CheckResult<SnapshotInputs> {
  const { inputs, failures } = validate(SNAPSHOT, args);
  const name = inputs.name ?? olds.name ?? automaticName(inputs.logicalName ?? "snapshot", inputs.nameSeed);
  return { inputs: { ...inputs, name }, failures };
}

/** Renames it and changes its comment. Neither touches the instance. */
async function updateSnapshot(
  op: Operation,
  olds: SnapshotState,
  news: SnapshotInputs,
  id: string,
): Promise<SnapshotState> {
  await forgetIntent(op.multipass, olds);
  return op.under(`Unable to change snapshot "${id}"`, async () => {
    if (news.name !== olds.name) {
      const known = await snapshotsOf(op, news.instance);
      // An interrupted update may have renamed it already.
      if (known[olds.name] || !known[news.name]) {
        // Uses the owner from Pulumi's state, because Pulumi has not heard of this update yet.
        await intending(op, { ...news, owner: olds.owner }, olds.name, () =>
          set(op, `local.${news.instance}.${olds.name}.name`, news.name),
        );
      }
    }
    const there = (await snapshotsOf(op, news.instance))[news.name];
    await setComment(op, news, there?.comment ?? "");
    if (!olds.ready && olds.owed) await settleOwed(op, news.instance, olds.owed);
    return observe(op, news);
  });
}

/** @returns undefined if the daemon answers that it, or its instance, is gone */
async function readSnapshot(op: Operation, state: SnapshotState): Promise<SnapshotState | undefined> {
  await forgetIntent(op.multipass, state);
  return op.under(`Unable to read snapshot "${state.instance}.${state.name}"`, async () => {
    if (!(await findInstance(op, state.instance))) return undefined;
    const name = await nameNow(op, state);
    const seen = (await snapshotsOf(op, state.instance))[name];
    return seen && { ...state, name, comment: seen.comment, parent: seen.parent };
  });
}

/** Removes it for good, and stops the instance meanwhile if Multipass requires that. */
async function deleteSnapshot(op: Operation, state: SnapshotState): Promise<void> {
  if (state.deletionPolicy === "keep") return forgetBothNames(op.multipass, state);
  const { instance, allowRestart } = state;
  const remove = (name: string) =>
    op.patiently(async (options) => {
      await op.multipass.driver
        .deleteSnapshot(instance, name, options)
        .catch(ignoring("snapshot-missing", "instance-missing"));
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
            // A running instance's image is locked. It may be running again after another snapshot.
            if (!isMultipassError(error, "instance-not-stopped", "image-locked")) throw error;
            const purpose = `delete snapshot "${name}"`;
            return whileStopped(op, instance, { allowRestart, purpose }, () => remove(name));
          },
        );
        // The snapshot is gone, and a failed delete would only keep the instance from being deleted.
        sayOwed(op, instance, done);
      }),
  );
  await forgetBothNames(op.multipass, state);
}
