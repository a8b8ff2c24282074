import { isMultipassError, MultipassError, OUTCOME_UNKNOWN } from "../../driver/errors.ts";
import type { ListedSnapshot } from "../../driver/schema.ts";
import type { Multipass } from "../context.ts";
import type { Operation } from "../operation/operation.ts";
import type { SnapshotInputs, SnapshotState } from "./model.ts";

export async function snapshotsOf(op: Operation, instance: string): Promise<Record<string, ListedSnapshot>> {
  const all = await op.patiently((options) => op.multipass.driver.listSnapshots(options));
  return all[instance] ?? {};
}

type Named = Pick<SnapshotInputs, "instance" | "name" | "owner">;

const intentOf = ({ instance, name }: Omit<Named, "owner">) => ({
  kind: "snapshot" as const,
  instance,
  name,
});

/**
 * Runs work that takes a snapshot of this name, or renames one to it, and records the intent. A definite
 * failure clears the intent.
 *
 * @param from its earlier name; empty for a new snapshot
 */
export async function intending(
  { multipass }: Operation,
  named: Named,
  from: string,
  work: () => Promise<void>,
): Promise<void> {
  await multipass.intents.write({ ...intentOf(named), owner: named.owner, from });
  try {
    await work();
  } catch (error) {
    if (!isMultipassError(error, ...OUTCOME_UNKNOWN)) await forgetIntent(multipass, named);
    throw error;
  }
}

/** Whether a run of this resource took it, or may have, without Pulumi hearing of it. */
export async function isOurs({ intents }: Multipass, named: Named): Promise<boolean> {
  return (await intents.read(intentOf(named)))?.owner === named.owner;
}

/** Called once Pulumi has the snapshot. A later snapshot with that name may be somebody else's. */
export function forgetIntent({ intents }: Multipass, named: Named): Promise<void> {
  return intents.forgetOwn(intentOf(named), named.owner);
}

/** Called when Pulumi drops the snapshot. Forgets both names, since an update may have renamed it. */
export async function forgetBothNames(
  { intents }: Multipass,
  { instance, name, owner }: Named,
): Promise<void> {
  const ofIt = (await intents.ofOwner("snapshot", owner)).filter(
    (intent) => intent.instance === instance && [intent.from, intent.name].includes(name),
  );
  await Promise.all(ofIt.map((intent) => intents.forget(intent)));
}

/** The automatic name of an interrupted create of this resource, which Pulumi has forgotten. */
export async function recalledSnapshot(
  { intents }: Multipass,
  owner: string,
  instance: string,
): Promise<string | undefined> {
  const all = await intents.ofOwner("snapshot", owner);
  return all.find((intent) => intent.instance === instance)?.name;
}

/** Its current name: an interrupted update may have renamed it. */
export async function nameNow(op: Operation, state: Named): Promise<string> {
  const { instance, name, owner } = state;
  const renaming = (await op.multipass.intents.ofOwner("snapshot", owner)).find(
    (intent) => intent.from === name && intent.instance === instance,
  );
  if (!renaming) return name;
  const known = await snapshotsOf(op, instance);
  return name in known || !(renaming.name in known) ? name : renaming.name;
}

/** When it was taken, as Multipass prints it. */
export function createdAt(op: Operation, instance: string, name: string): Promise<string> {
  return op.patiently((options) => op.multipass.driver.snapshotCreated(instance, name, options));
}

/** The snapshot's current state. @throws MultipassError of kind `snapshot-missing` */
export async function observe(op: Operation, inputs: SnapshotInputs): Promise<SnapshotState> {
  const { instance, name } = inputs;
  const seen = (await snapshotsOf(op, instance))[name];
  if (!seen) {
    throw new MultipassError(`Snapshot "${instance}.${name}" no longer exists`, {
      kind: "snapshot-missing",
      remedy: "Run `pulumi refresh` to remove it from the state, then `pulumi up` to take it again.",
    });
  }
  const created = await createdAt(op, instance, name);
  return { ...inputs, comment: seen.comment, parent: seen.parent, created, ready: true };
}

export async function setComment(op: Operation, inputs: SnapshotInputs, seen: string) {
  const wanted = inputs.comment ?? "";
  if (seen === wanted) return;
  await set(op, `local.${inputs.instance}.${inputs.name}.comment`, wanted);
}

export async function set(op: Operation, key: string, value: string): Promise<void> {
  await op.patiently((options) => op.multipass.driver.setByPrompt(key, value, options));
}
