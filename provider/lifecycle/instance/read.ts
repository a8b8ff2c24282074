import { isDeepStrictEqual } from "node:util";
import { isMultipassError } from "../../multipass/errors.ts";
import { readsBackAs } from "../../multipass/size.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { sameMounts } from "./changes.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { mountsOf, observedIn, stateOf } from "./outputs.ts";
import { timeoutOf } from "./timing.ts";
import { findPatiently } from "./update.ts";

/**
 * What the instance is now.
 *
 * @returns undefined only when the daemon has answered that there is none of that name. A daemon that is away never means absence.
 */
export async function readInstance(
  ctx: Context,
  id: string,
  olds: InstanceState,
): Promise<InstanceState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", olds));
  const listed = await findPatiently(ctx, id, olds, deadline).catch((error) => {
    throw isMultipassError(error) ? error.under(`Unable to read instance "${id}"`) : error;
  });
  if (!listed) {
    // A create that was interrupted may still bring it; the next update resumes it.
    return olds.ready === false && (await ctx.host.journal.read(id))?.phase === "launching"
      ? olds
      : undefined;
  }
  const info = await ctx.host.world.info(id, { timeoutMs: deadline.remaining, signal: ctx.signal });
  if (!info) return undefined;
  const inputs = olds as InstanceInputs;
  const state = { ...olds, ...stateOf(inputs, info, olds.multipassVersion, olds.ready) };
  // An address that is gone because the machine is stopped, or a guest that does not answer now, is no news.
  if (info.state !== "Running" || info.ipv4.length === 0)
    Object.assign(state, { ipAddress: olds.ipAddress, ipv4: olds.ipv4, release: olds.release });
  const mounts = mountsOf(info, olds.mounts);
  if (olds.mounts !== undefined && !sameMounts(mounts, olds.mounts)) state.mounts = mounts;
  if (!sizeIsAsObserved(olds, info)) Object.assign(state, await sizesInEffect(ctx, id, olds));
  return state;
}

/**
 * Whether the guest shows the size that it showed when it was last known to be right. Saves three calls an instance; a stopped guest
 * shows nothing, and then the daemon is asked.
 */
function sizeIsAsObserved(olds: InstanceState, info: Parameters<typeof observedIn>[0]): boolean {
  return (
    info.state === "Running" && info.cpu_count !== "" && isDeepStrictEqual(olds.observed, observedIn(info))
  );
}

/** The size as the daemon has it. A read-back that can stand for what is written down, rounded as it is, is taken for it. */
async function sizesInEffect(ctx: Context, id: string, olds: InstanceState): Promise<Partial<InstanceState>> {
  const read = (key: string) => ctx.host.driver.get(`local.${id}.${key}`, { signal: ctx.signal });
  const [cpus, memory, disk] = await Promise.all([read("cpus"), read("memory"), read("disk")]);
  const keep = (wanted: string | undefined, seen: string) =>
    wanted !== undefined && readsBackAs(wanted, seen) ? wanted : seen;
  return { cpus: Number(cpus), memory: keep(olds.memory, memory), disk: keep(olds.disk, disk) };
}
