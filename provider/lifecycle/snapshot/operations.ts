import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { setByPrompt } from "../../multipass/settings.ts";
import { deleteSnapshot, listSnapshots, snapshotCreated, takeSnapshot } from "../../multipass/snapshots.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { difference, diffResult } from "../difference.ts";
import type { DiffResult } from "../instance/diff.ts";
import { timeoutOf } from "../instance/timing.ts";
import { findMachine, patiently, requireMachine, under } from "../machine.ts";
import { putBack, whileStopped } from "../stopped.ts";
import { SNAPSHOT_COSTS, type SnapshotInputs, type SnapshotState } from "./model.ts";

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
      if (existing) return { id, outs: await adopt(ctx, inputs, existing, deadline) };
      const purpose = `take snapshot "${inputs.name}"`;
      const { allowRestart } = inputs;
      const { owed } = await whileStopped(ctx, inputs.instance, { allowRestart, purpose }, deadline, () =>
        take(ctx, inputs, deadline),
      );
      const outs = await observe(ctx, inputs, deadline);
      if (!owed) return { id, outs };
      throw new InitializationError(
        id,
        { ...outs, ready: false, owed: owed.powerState },
        new MultipassError(`Snapshot "${id}" was taken, but the instance is not ${owed.powerState} again`, {
          kind: "guest-start-timeout",
          details: owed.error.message,
          remedy: "The next `pulumi up` tries it again.",
        }),
      );
    })(),
  );
}

/** An interrupted daemon may have taken it all the same: that it exists is a failure only at the first try. */
async function take(ctx: Context, { instance, name, comment }: SnapshotInputs, deadline: Deadline) {
  let tries = 0;
  ctx.log.status("taking the snapshot");
  await patiently(ctx, deadline, async (options) => {
    tries += 1;
    await takeSnapshot(ctx.host.driver, instance, name, comment, options).catch((error) => {
      if (tries === 1 || !isMultipassError(error, "snapshot-exists")) throw error;
    });
  });
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
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  try {
    if (news.name !== olds.name) {
      const known = await snapshotsOf(ctx, news, deadline);
      // Renamed already by an update that was interrupted.
      if (known[olds.name] || !known[news.name]) {
        await set(ctx, `local.${news.instance}.${olds.name}.name`, news.name, deadline);
      }
    }
    const there = (await snapshotsOf(ctx, news, deadline))[news.name];
    await setComment(ctx, news, there?.comment ?? "", deadline);
    if (!olds.ready && olds.owed) await putBack(ctx, news.instance, olds.owed, deadline);
    return { outs: await observe(ctx, news, deadline) };
  } catch (error) {
    throw isMultipassError(error) ? error.under(`Unable to change snapshot "${id}"`) : error;
  }
}

async function setComment(ctx: Context, inputs: SnapshotInputs, seen: string, deadline: Deadline) {
  const wanted = inputs.comment ?? "";
  if (seen === wanted) return;
  await set(ctx, `local.${inputs.instance}.${inputs.name}.comment`, wanted, deadline);
}

async function set(ctx: Context, key: string, value: string, deadline: Deadline): Promise<void> {
  await patiently(ctx, deadline, (options) => setByPrompt(ctx.host.driver, key, value, options));
}

/** @returns undefined where the daemon has answered that it, or its machine, is gone */
export async function readSnapshot(ctx: Context, state: SnapshotState): Promise<SnapshotState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  return under(
    `Unable to read snapshot "${state.instance}.${state.name}"`,
    (async () => {
      if (!(await findMachine(ctx, state.instance, deadline))) return undefined;
      const seen = (await snapshotsOf(ctx, state, deadline))[state.name];
      return seen && { ...state, comment: seen.comment, parent: seen.parent };
    })(),
  );
}

/** Removes it for good. Where Multipass cannot while the machine runs, the machine is stopped for it as for taking it. */
export async function deleteSnapshotResource(ctx: Context, state: SnapshotState): Promise<void> {
  if (state.deletionPolicy === "keep") return;
  const { instance, name, allowRestart } = state;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const remove = () =>
    patiently(ctx, deadline, async (options) => {
      await deleteSnapshot(ctx.host.driver, instance, name, options).catch((error) => {
        if (!isMultipassError(error, "snapshot-missing", "instance-missing")) throw error;
      });
    });
  await under(
    `Unable to delete snapshot "${instance}.${name}"`,
    (async () => {
      const machine = await findMachine(ctx, instance, deadline);
      // Snapshots of a deleted instance go when it is purged.
      if (!machine || machine.state === "Deleted") return;
      try {
        await remove();
      } catch (error) {
        if (machine.state === "Stopped" || !needsStop(error)) throw error;
        const purpose = `delete snapshot "${name}"`;
        const { owed } = await whileStopped(ctx, instance, { allowRestart, purpose }, deadline, remove);
        if (owed) throw owed.error;
      }
    })(),
  );
}

/** The hypervisor holds a lock on the image of a machine that runs. */
function needsStop(error: unknown): boolean {
  if (!isMultipassError(error)) return false;
  return error.kind === "instance-not-stopped" || /\block\b/i.test(error.details ?? "");
}

async function observe(ctx: Context, inputs: SnapshotInputs, deadline: Deadline): Promise<SnapshotState> {
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

function snapshotsOf(ctx: Context, { instance }: Pick<SnapshotInputs, "instance">, deadline: Deadline) {
  return patiently(ctx, deadline, (options) => listSnapshots(ctx.host.driver, instance, options));
}
