import { isMultipassError } from "../../multipass/errors.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { ensurePowerState, isIn } from "./converge.ts";
import { ensureLaunched } from "./launch.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes } from "./modify.ts";
import { observe, unreadyState } from "./outputs.ts";
import { fingerprint, recordUnfinished } from "./ownership.ts";
import { ensureReady } from "./requirements.ts";
import { timeoutOf } from "./timing.ts";

/**
 * Brings an instance into existence and waits until it is what was asked for.
 *
 * @returns its id (the name, which is what Multipass knows it by) and its state
 * @throws MultipassError when there is no instance; InitializationError when there is one, or may still come to be one
 */
export async function createInstance(
  ctx: Context,
  inputs: InstanceInputs,
): Promise<{ id: string; outs: InstanceState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  return { id: inputs.name, outs: await bringUp(ctx, inputs, deadline) };
}

/**
 * From nothing, or from wherever an earlier attempt stopped, to a ready instance.
 *
 * @param isInState whether Pulumi's state holds the machine already: then it is ours, whatever the journal has or lacks
 */
export async function bringUp(
  ctx: Context,
  inputs: InstanceInputs,
  deadline: Deadline,
  isInState = false,
): Promise<InstanceState> {
  let exists = false;
  try {
    const { how, confirmed, direct } = await ensureLaunched(ctx, inputs, deadline, isInState);
    exists = true;
    if (how !== "launched") await applySizes(ctx, inputs, deadline);
    if (!confirmed || (inputs.powerState ?? "running") !== "running") {
      await ensurePowerState(ctx, { ...inputs, powerState: "running" }, deadline);
    }
    await applyMounts(ctx, inputs, how === "launched" ? [] : undefined, deadline);
    for (const warning of await ensureReady(ctx, inputs, deadline)) ctx.log.warn(warning);
    const wanted = inputs.powerState ?? "running";
    if (wanted !== "running") await ensurePowerState(ctx, inputs, deadline);
    let seen = await observe(ctx, inputs, deadline);
    // What is seen tells the power state, too; only one that has gone out meanwhile needs more calls.
    if (!isIn(wanted, seen.state)) {
      await ensurePowerState(ctx, inputs, deadline);
      seen = await observe(ctx, inputs, deadline);
    }
    const outs = {
      ...seen,
      ...(direct && { resolvedImage: direct }),
      timeline: ctx.timeline.record(),
    };
    await ctx.host.journal.write({
      version: 1,
      owner: inputs.owner,
      name: inputs.name,
      fingerprint: fingerprint(inputs),
      phase: "created",
      since: new Date().toISOString(),
    });
    return outs;
  } catch (error) {
    const unfinished = await recordUnfinished(ctx, inputs);
    if (unfinished || exists || isMultipassError(error, "deadline", "cancelled")) {
      throw new InitializationError(inputs.name, { ...unreadyState(inputs) }, error as Error);
    }
    throw error;
  }
}
