import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { InitializationError } from "../context.ts";
import { findMachine } from "../machine.ts";
import type { Operation } from "../operation.ts";
import { timeoutOf } from "../timing.ts";
import { changesBetween, withoutArguments } from "./changes.ts";
import { ensurePowerState } from "./converge.ts";
import { bringUp } from "./create.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes, putBackSetup, sizesToSet } from "./modify.ts";
import { observe, specifiedIn, unreadyState } from "./outputs.ts";
import { wasSeen } from "./ownership.ts";
import { isIn } from "./power-state.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { ensureReady } from "./requirements.ts";

/**
 * Makes the instance what is asked for, in place; goes on where an interrupted create or update stopped.
 *
 * @throws InitializationError once anything was done to the machine: what is recorded is then never taken for finished
 */
export async function updateInstance(
  given: Operation,
  id: string,
  olds: InstanceState,
  news: InstanceInputs,
): Promise<{ outs: InstanceState }> {
  // An unfinished create gets a create's time.
  const op = olds.ready ? given : given.lasting(timeoutOf("create", news));
  await op.host.ledger.passOn(id, olds.owner, news.owner);
  const changes = changesBetween(olds, news);
  if (changes.every(({ verdict }) => verdict === "record"))
    return { outs: { ...(withoutArguments(olds) as InstanceState), ...news, specified: specifiedIn(news) } };

  const headline = `Unable to update instance "${id}"`;
  const existing = await findMachine(op, id, news);
  if (!existing) {
    if (!olds.ready) return { outs: await bringUp(op, news, { olds }) };
    throw new MultipassError(headline, {
      kind: "instance-missing",
      details: "it does not exist any more",
      remedy: "Run `pulumi refresh` to take it out of the state, then `pulumi up` to make it anew.",
    });
  }
  if (!olds.ready) return { outs: await bringUp(op, news, { olds, isInState: wasSeen(olds) }) };
  await refuseWhatThisVersionCannot(op, olds, news, headline);

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
    const settings = sized && !isDeleted ? await sizesToSet(op, sizes) : undefined;
    try {
      if (isDeleted) await ensurePowerState(op, { ...news, powerState: "running" });
      if (sized) await applySizes(op, sizes, settings);
      const mounted = changed("mounts") && (await applyMounts(op, news, { known: olds.mounts }));
      mounts = news.mounts ?? mounts;
      await ensurePowerState(op, news);
      return mounted;
    } catch (error) {
      // A change that is refused for good leaves the machine as it was, and not stopped for nothing.
      if (isMultipassError(error) && !error.transient) {
        await ensurePowerState(op, news).catch(() => undefined);
      }
      throw unready(error);
    }
  };
  const stops = changes.some(({ verdict }) => verdict === "restart") || !isIn(wanted, existing.state);
  // Only what may stop it: what is awaited next may itself be the work of another resource in it.
  const mounted = await op.under(headline, () => (stops ? op.alone(id, change) : op.workIn(id, change)));
  try {
    // cloud-init has nothing to add where the guest has not booted again.
    if (wanted === "running" && (stops || mounted)) {
      await op.workIn(id, () => ensureReady(op, news, { booted: stops }));
    }
    const outs = await observe(op, news);
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
  op: Operation,
  id: string,
  olds: InstanceState,
  news: InstanceInputs,
): Promise<{ outs: InstanceState }> {
  await op.under(`Unable to put instance "${id}" right after a restore`, () =>
    op.alone(id, () => putBackSetup(op, news)),
  );
  return updateInstance(op, id, { ...olds, ready: false }, news);
}
