import { hostAddress, hostAddressFirst } from "../../multipass/addresses.ts";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { sameSize } from "../../multipass/size.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { isIn } from "../instance/converge.ts";
import { powerOffUnknown } from "../instance/delete.ts";
import { applySizes } from "../instance/modify.ts";
import { markKnown, passOn } from "../instance/ownership.ts";
import { sizesInEffect } from "../instance/read.ts";
import { forgetMachine } from "../intents.ts";
import { aloneWith } from "../lock.ts";
import { findMachine, under } from "../machine.ts";
import { patiently } from "../patience.ts";
import { putBackIfLeft, sayOwed, settleOwed } from "../stopped.ts";
import { timeoutOf } from "../timing.ts";
import { isUnknown } from "../unknown.ts";
import { ensureCloned, finish } from "./create.ts";
import { CLONE_COSTS, type CloneInputs, type CloneState } from "./model.ts";

/** Sizes that are left out are the source's, and never a difference. */
export function diffClone(olds: CloneState, news: CloneInputs): DiffResult {
  const found = difference(olds, news, CLONE_COSTS);
  if (news.cpus !== undefined && news.cpus !== olds.cpus) found.updates.push("cpus");
  for (const property of ["memory", "disk"] as const) {
    const [before, after] = [olds[property], news[property]];
    if (after !== undefined && (before === undefined || !sameSize(before, after)))
      found.updates.push(property);
  }
  const powerState = news.powerState ?? "running";
  if (!isUnknown(powerState) && !isIn(powerState, olds.state)) found.updates.push("state");
  if (!olds.ready || olds.owed) found.updates.push("ready");
  return diffResult(found, true);
}

export async function updateClone(
  ctx: Context,
  olds: CloneState,
  news: CloneInputs,
): Promise<{ outs: CloneState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf(olds.ready ? "update" : "create", news));
  const headline = `Unable to change instance "${news.name}"`;
  await passOn(ctx.host.journal, news.name, olds.owner, news.owner);
  const machine = await under(headline, findMachine(ctx, news.name, deadline));
  if (!machine && !olds.ready) {
    // Its create was given up while nobody knew whether the copy would come.
    return {
      outs: await finish(ctx, news, await under(headline, ensureCloned(ctx, news, deadline)), deadline),
    };
  }
  if (!machine) {
    throw new MultipassError(headline, {
      kind: "instance-missing",
      details: "it does not exist any more",
      remedy: "Run `pulumi refresh` to take it out of the state, then `pulumi up` to make it anew.",
    });
  }
  await markKnown(ctx.host.journal, news.name, news.owner);
  if (olds.owed) await under(headline, settleOwed(ctx, olds.source, olds.owed, deadline));
  // A create that was cut off may have left its source stopped, and says nothing of it in the state.
  const left = olds.ready ? {} : await under(headline, putBackIfLeft(ctx, olds.source, deadline));
  return { outs: await finish(ctx, news, sayOwed(ctx, olds.source, left), deadline) };
}

/** Puts the sizes of a copy that was restored back, while it is stopped. */
export async function putBackClone(ctx: Context, { source: _, ...own }: CloneInputs): Promise<boolean> {
  return applySizes(ctx, own, new Deadline(ctx.clock, timeoutOf("update", own)));
}

/** @returns undefined where the daemon has answered that it is gone */
export async function readClone(ctx: Context, state: CloneState): Promise<CloneState | undefined> {
  const { name } = state;
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  return under(
    `Unable to read instance "${name}"`,
    (async () => {
      const listed = await findMachine(ctx, name, deadline);
      const entry = await ctx.host.journal.read(name);
      if (entry && entry.owner !== state.owner) return undefined;
      if (!listed) {
        if (entry) await ctx.host.journal.remove(name);
        return undefined;
      }
      await markKnown(ctx.host.journal, name, state.owner);
      const info = await patiently(ctx, deadline, (options) => ctx.host.world.info(name, options));
      const seen = { ...state, ...(await sizesInEffect(ctx, name, state, deadline)), state: listed.state };
      // A machine that is stopped, or does not answer now, has no address: that is no news.
      const ipv4 = hostAddressFirst(info?.ipv4 ?? []);
      const ipAddress = hostAddress(ipv4);
      return ipAddress === undefined ? seen : { ...seen, ipAddress, ipv4 };
    })(),
  );
}

export async function deleteClone(ctx: Context, state: CloneState): Promise<void> {
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const owner = (await ctx.host.journal.read(state.name))?.owner ?? state.owner;
  if (owner !== state.owner) {
    ctx.log.info(`leaving the name "${state.name}" alone: it is ${owner}'s by now`);
    return;
  }
  const purge = state.deletionPolicy !== "keep";
  ctx.log.status(purge ? "deleting" : "deleting (recoverable)");
  await under(
    `Unable to delete instance "${state.name}"`,
    aloneWith(ctx, state.name, deadline, () =>
      patiently(ctx, deadline, async (options) => {
        if (!purge) await powerOffUnknown(ctx, state.name, {}, deadline);
        await ctx.host.driver.delete(state.name, purge, options).catch((error) => {
          if (!isMultipassError(error, "instance-missing")) throw error;
        });
      }),
    ),
  );
  await forgetMachine(ctx.host, state.name);
  await ctx.host.journal.remove(state.name);
}
