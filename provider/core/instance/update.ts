import { isIn } from "../common.ts";
import { InitializationError } from "../context.ts";
import type { Costs } from "../description.ts";
import { findInstance, gone } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { timeoutOf } from "../operation/timing.ts";
import { changesBetween, withoutArguments } from "./changes.ts";
import { bringUp } from "./create.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { putBackSetup } from "./modify.ts";
import { notReady, originOf, specifiedIn, unreadyState } from "./outputs.ts";
import { wasSeen } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { type Progress, reconcile, type Steps } from "./reconcile.ts";

/** Updates an instance, or resumes. @throws InitializationError once anything was changed */
export async function updateInstance(
  given: Operation,
  olds: InstanceState,
  news: InstanceInputs,
  id: string,
): Promise<InstanceState> {
  // An unfinished create gets the time of a create.
  const op = olds.ready ? given : given.lasting(timeoutOf("create", news));
  await op.multipass.ledger.passOn(id, olds.owner, news.owner);
  const changes = changesBetween(olds, news);
  if (Object.values(changes).every((cost) => cost === "record"))
    return { ...(withoutArguments(olds) as InstanceState), ...news, specified: specifiedIn(news) };

  const headline = `Unable to update instance "${id}"`;
  const existing = await findInstance(op, id, news);
  if (!existing) {
    if (!olds.ready) return bringUp(op, news, { olds });
    throw gone(headline);
  }
  if (!olds.ready) return bringUp(op, news, { olds, isInState: wasSeen(olds) });
  await refuseWhatThisVersionCannot(op, olds, news, headline);

  const progress: Progress = { hasBegun: false, mounts: olds.mounts };
  const steps = stepsFor(changes, existing.state, olds, news);
  const seen = await op.under(headline, () =>
    reconcile(op, news, steps, progress).catch((error: Error) => {
      if (!progress.hasBegun) throw error;
      throw new InitializationError({ ...unreadyState(news, olds), mounts: progress.mounts }, error);
    }),
  );
  return { ...seen, ...originOf(olds) };
}

/**
 * Arguments that change only while the instance is stopped. The update asks Multipass only for those that the
 * program has changed: each costs a call, and a bridge cannot be read without `local.bridged-network`.
 */
const SIZES = ["cpus", "memory", "disk", "bridged"] as const;

function stepsFor(changes: Costs, state: string, olds: InstanceState, news: InstanceInputs): Steps {
  const { powerState = "running" } = news;
  const changed = (...properties: (keyof InstanceState)[]) => properties.some((one) => one in changes);
  const sizes = Object.fromEntries(SIZES.map((size) => [size, changed(size) ? news[size] : undefined]));
  const stops = Object.values(changes).includes("restart") || !isIn(powerState, state);
  return {
    seen: state,
    resize: changed(...SIZES) ? { ...news, ...sizes } : undefined,
    mount: changed("mounts") ? { known: olds.mounts } : undefined,
    power: powerState,
    powered: "after",
    mayStop: stops,
    // Without another boot cloud-init has nothing new to report.
    booted: stops,
  };
}

/** Updates an instance whose sizes and mounts a restore may have undone. */
export async function updateRestored(
  op: Operation,
  olds: InstanceState,
  news: InstanceInputs,
  id: string,
): Promise<InstanceState> {
  await op.under(`Unable to put instance "${id}" right after a restore`, () =>
    op.alone(id, () => putBackSetup(op, news)),
  );
  return updateInstance(op, notReady(olds), news, id);
}
