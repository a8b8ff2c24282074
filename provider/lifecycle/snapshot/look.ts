import { MultipassError } from "../../multipass/errors.ts";
import { setByPrompt } from "../../multipass/settings.ts";
import { type ListedSnapshot, listSnapshots, snapshotCreated } from "../../multipass/snapshots.ts";
import type { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { patiently } from "../patience.ts";
import type { SnapshotInputs, SnapshotState } from "./model.ts";

/** The snapshots of a machine by name. */
export function snapshotsOf(
  ctx: Context,
  { instance }: Pick<SnapshotInputs, "instance">,
  deadline: Deadline,
): Promise<Record<string, ListedSnapshot>> {
  return patiently(ctx, deadline, (options) => listSnapshots(ctx.host.driver, instance, options));
}

type Named = Pick<SnapshotInputs, "instance" | "name">;

export const intentOf = ({ instance, name }: Named) => `snapshot ${instance}.${name}`;

/** Whether a run of this resource has taken it, or may have, of which Pulumi has not heard. */
export async function isOurs(ctx: Context, inputs: SnapshotInputs): Promise<boolean> {
  return (await ctx.host.intents.read(intentOf(inputs)))?.owner === inputs.owner;
}

/** Once Pulumi is known to have it: from then on one that is made anew may be somebody else's. */
export function forgetIntent(ctx: Context, named: Named): Promise<void> {
  return ctx.host.intents.forget(intentOf(named));
}

/**
 * What it is now.
 *
 * @throws MultipassError of kind `snapshot-missing`
 */
export async function observe(
  ctx: Context,
  inputs: SnapshotInputs,
  deadline: Deadline,
): Promise<SnapshotState> {
  const { instance, name } = inputs;
  const seen = (await snapshotsOf(ctx, inputs, deadline))[name];
  if (!seen) {
    throw new MultipassError(`There is no snapshot "${instance}.${name}" any more`, {
      kind: "snapshot-missing",
      remedy: "Run `pulumi refresh` to take it out of the state, then `pulumi up` to take it anew.",
    });
  }
  const created = await patiently(ctx, deadline, (options) =>
    snapshotCreated(ctx.host.driver, instance, name, options),
  );
  return { ...inputs, comment: seen.comment, parent: seen.parent, created, ready: true };
}

/** Gives it the comment that is asked for, where it has another. */
export async function setComment(ctx: Context, inputs: SnapshotInputs, seen: string, deadline: Deadline) {
  const wanted = inputs.comment ?? "";
  if (seen === wanted) return;
  await set(ctx, `local.${inputs.instance}.${inputs.name}.comment`, wanted, deadline);
}

/** Sets one of its properties. */
export async function set(ctx: Context, key: string, value: string, deadline: Deadline): Promise<void> {
  await patiently(ctx, deadline, (options) => setByPrompt(ctx.host.driver, key, value, options));
}
