import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { aloneWith, workIn } from "../lock.ts";
import { under } from "../machine.ts";
import { findPatiently } from "../patience.ts";
import { timeoutOf } from "../timing.ts";
import { changesBetween, withoutArguments } from "./changes.ts";
import { ensurePowerState, isIn } from "./converge.ts";
import { bringUp } from "./create.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes, putBackSetup, sizesToSet } from "./modify.ts";
import { observe, specifiedIn, unreadyState } from "./outputs.ts";
import { passOn, wasSeen } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { ensureReady } from "./requirements.ts";

/**
 * Makes the instance what is asked for, in place; goes on where an interrupted create or update stopped.
 *
 * @throws InitializationError once anything was done to the machine: what is recorded is then never taken for finished
 */
export async function updateInstance(
  ctx: Context,
  id: string,
  olds: InstanceState,
  news: InstanceInputs,
): Promise<{ outs: InstanceState }> {
  await passOn(ctx.host.journal, id, olds.owner, news.owner);
  const changes = changesBetween(olds, news);
  if (changes.every(({ verdict }) => verdict === "record"))
    return { outs: { ...(withoutArguments(olds) as InstanceState), ...news, specified: specifiedIn(news) } };

  // An unfinished create gets a create's time.
  const deadline = new Deadline(ctx.clock, timeoutOf(olds.ready ? "update" : "create", news));
  const headline = `Unable to update instance "${id}"`;
  const existing = await findPatiently(ctx, id, news, deadline);
  if (!existing) {
    if (!olds.ready) return { outs: await bringUp(ctx, news, deadline, { olds }) };
    throw new MultipassError(headline, {
      kind: "instance-missing",
      details: "it does not exist any more",
      remedy: "Run `pulumi refresh` to take it out of the state, then `pulumi up` to make it anew.",
    });
  }
  if (!olds.ready) return { outs: await bringUp(ctx, news, deadline, { olds, isInState: wasSeen(olds) }) };
  await refuseWhatThisVersionCannot(ctx, olds, news, headline);

  const changed = (...properties: (keyof InstanceState)[]) =>
    changes.some(({ property }) => properties.includes(property));
  const sized = changed("cpus", "memory", "disk", "bridged");
  const wanted = news.powerState ?? "running";
  // The daemon does not tell of which type a mount is: only what was made may be written down.
  let { mounts } = olds;
  const unready = (error: unknown) =>
    new InitializationError(id, { ...unreadyState(news, olds), mounts }, error as Error);
  // Of a bridge that is there Multipass tells only while `local.bridged-network` is set, which nothing else needs.
  const { bridged, ...withoutBridge } = news;
  const sizes = changed("bridged") ? news : withoutBridge;
  const change = async () => {
    const isDeleted = existing.state === "Deleted";
    const settings = sized && !isDeleted ? await sizesToSet(ctx, sizes, deadline) : undefined;
    try {
      if (isDeleted) await ensurePowerState(ctx, { ...news, powerState: "running" }, deadline);
      if (sized) await applySizes(ctx, sizes, deadline, settings);
      const mounted = changed("mounts") && (await applyMounts(ctx, news, { known: olds.mounts }, deadline));
      mounts = news.mounts ?? mounts;
      await ensurePowerState(ctx, news, deadline);
      return mounted;
    } catch (error) {
      // A change that is refused for good leaves the machine as it was, and not stopped for nothing.
      if (isMultipassError(error) && !error.transient) {
        await ensurePowerState(ctx, news, deadline).catch(() => undefined);
      }
      throw unready(error);
    }
  };
  const stops = changes.some(({ verdict }) => verdict === "restart") || !isIn(wanted, existing.state);
  // Only what may stop it: what is awaited next may itself be the work of another resource in it.
  const mounted = await under(headline, (stops ? aloneWith : workIn)(ctx, id, deadline, change));
  try {
    // cloud-init has nothing to add where the guest has not booted again.
    if (wanted === "running" && (stops || mounted)) {
      await workIn(ctx, id, deadline, () => ensureReady(ctx, news, deadline, { booted: stops }));
    }
    const outs = await observe(ctx, news, deadline);
    // How it was made stays true.
    const { resolvedImage, timeline, adopted, creation } = olds;
    return {
      outs: {
        ...outs,
        resolvedImage,
        timeline,
        ...(adopted && { adopted }),
        ...(creation !== undefined && { creation }),
      },
    };
  } catch (error) {
    throw unready(error);
  }
}

/** The same for an instance of which a restore may have undone sizes and mounts. */
export async function updateRestored(
  ctx: Context,
  id: string,
  olds: InstanceState,
  news: InstanceInputs,
): Promise<{ outs: InstanceState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  await under(
    `Unable to put instance "${id}" right after a restore`,
    aloneWith(ctx, id, deadline, () => putBackSetup(ctx, news, deadline)),
  );
  return updateInstance(ctx, id, { ...olds, ready: false }, news);
}
