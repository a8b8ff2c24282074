import { createHash } from "node:crypto";
import { cloneInstance } from "../../multipass/clone.ts";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { readsBackAs, shrinks } from "../../multipass/size.ts";
import { capabilities } from "../../multipass/version.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { JournalEntry } from "../../readiness/journal.ts";
import { type Context, InitializationError } from "../context.ts";
import { ensurePowerState } from "../instance/converge.ts";
import { refuseForeignLaunch } from "../instance/launch.ts";
import type { InstanceInputs, PowerState } from "../instance/model.ts";
import { applySizes, cannotShrink } from "../instance/modify.ts";
import { observe } from "../instance/outputs.ts";
import { claim } from "../instance/ownership.ts";
import { ensureReady } from "../instance/requirements.ts";
import { aloneWith, workIn } from "../lock.ts";
import { findMachine, requireMachine, under } from "../machine.ts";
import { patiently } from "../patience.ts";
import { putBackIfLeft, sayOwed, whileStopped } from "../stopped.ts";
import { timeoutOf, UNHEARD } from "../timing.ts";
import type { CloneInputs, CloneState } from "./model.ts";

export async function createClone(
  ctx: Context,
  inputs: CloneInputs,
): Promise<{ id: string; outs: CloneState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const owed = await under(headline(inputs), ensureCloned(ctx, inputs, deadline));
  return { id: inputs.name, outs: await finish(ctx, inputs, owed, deadline) };
}

export const headline = ({ source, name }: CloneInputs) =>
  `Unable to clone instance "${source}" to "${name}"`;

/**
 * Makes the copy, once: one that an interrupted create of this resource has made is taken for it.
 *
 * @returns the power state that the source is not in again
 * @throws MultipassError where there is no copy; InitializationError where it may still come
 */
export async function ensureCloned(
  ctx: Context,
  inputs: CloneInputs,
  deadline: Deadline,
): Promise<PowerState | undefined> {
  const { name, source, allowRestart } = inputs;
  const { client } = await ctx.host.version({ signal: ctx.signal });
  if (!capabilities(client).clone) {
    throw new MultipassError(`Multipass ${client.text} cannot clone`, {
      kind: "not-supported",
      remedy: "Install Multipass 1.15 or newer.",
    });
  }
  const existing = await findMachine(ctx, name, deadline);
  const { source: _, ...own } = inputs;
  const fingerprint = fingerprintOf(source);
  if (existing) {
    claim(ctx, own, existing, await ctx.host.journal.read(name), {
      made: { isSame: (one) => one === fingerprint, of: "source" },
    });
    return sayOwed(ctx, source, await putBackIfLeft(ctx, source, deadline));
  }
  await requireMachine(ctx, source, deadline);
  await refuseSmallerDisk(ctx, inputs, deadline);
  const mayCome = await record(ctx, inputs, fingerprint);
  let isAsked = false;
  try {
    const purpose = `clone it to "${name}"`;
    const done = await whileStopped(ctx, source, { allowRestart, purpose }, deadline, () => {
      isAsked = true;
      return copy(ctx, inputs, mayCome, deadline);
    });
    return sayOwed(ctx, source, done);
  } catch (error) {
    // Multipass takes a clone that failed away again; one that nobody waited for may still come.
    if (mayCome || (isAsked && isMultipassError(error, ...UNHEARD))) {
      throw unfinished(
        inputs,
        undefined,
        isMultipassError(error) ? error.under(headline(inputs)) : (error as Error),
      );
    }
    await ctx.host.journal.remove(name);
    throw error;
  }
}

/** @throws MultipassError of kind `size-invalid`: a copy has its source's disk, and a disk cannot shrink */
async function refuseSmallerDisk(ctx: Context, inputs: CloneInputs, deadline: Deadline): Promise<void> {
  const { source, name, disk } = inputs;
  if (disk === undefined) return;
  const there = await patiently(ctx, deadline, (options) =>
    ctx.host.driver.get(`local.${source}.disk`, options),
  );
  if (!readsBackAs(disk, there) && shrinks(there, disk)) throw cannotShrink(name, there, disk);
}

/** What of the arguments only another copy can have. */
const fingerprintOf = (source: string) => createHash("sha256").update(source).digest("hex");

/**
 * Writes down whose the copy will be, before there is one.
 *
 * @returns whether an earlier create of this resource has asked for it already, and the copy may still come
 */
async function record(ctx: Context, inputs: CloneInputs, fingerprint: string): Promise<boolean> {
  const { name, owner } = inputs;
  const { journal } = ctx.host;
  await refuseForeignLaunch(ctx, inputs);
  const before = await journal.read(name);
  const known = before?.owner === owner && before.known === true;
  const since = new Date().toISOString();
  const entry: JournalEntry = { version: 1, owner, name, fingerprint, phase: "launching", known, since };
  if (before) await journal.write(entry);
  // Another process has been faster by a moment: then it is refused what it would have been refused a moment later.
  else if (!(await journal.begin(entry))) await refuseForeignLaunch(ctx, inputs);
  return before?.owner === owner && before.phase === "launching";
}

function copy(
  ctx: Context,
  { source, name }: CloneInputs,
  mayCome: boolean,
  deadline: Deadline,
): Promise<void> {
  let tries = 0;
  ctx.log.status(`copying "${source}"`);
  return patiently(ctx, deadline, async (options) => {
    tries += 1;
    await cloneInstance(ctx.host.driver, source, name, options).catch((error) => {
      // By a try whose answer was lost, of this create or of one before.
      if ((tries === 1 && !mayCome) || !isMultipassError(error, "instance-exists")) throw error;
    });
  });
}

/**
 * Gives the copy its size and its power state, and waits until it is initialised. May be done any number of times.
 *
 * @throws InitializationError: whatever fails, the copy is there
 */
export async function finish(
  ctx: Context,
  inputs: CloneInputs,
  owed: PowerState | undefined,
  deadline: Deadline,
): Promise<CloneState> {
  const { source: _, ...own } = inputs;
  const like: InstanceInputs = own;
  try {
    await aloneWith(ctx, inputs.name, deadline, async () => {
      await applySizes(ctx, like, deadline);
      await ensurePowerState(ctx, like, deadline);
    });
    if ((inputs.powerState ?? "running") === "running") {
      await workIn(ctx, inputs.name, deadline, () => ensureReady(ctx, like, deadline));
    }
    const outs = await stateOf(ctx, inputs, deadline);
    const { name, owner, source } = inputs;
    const entry = await ctx.host.journal.read(name);
    // Of one that was adopted there is none, or another's.
    const mine: JournalEntry =
      entry?.owner === owner
        ? { ...entry, phase: "created" }
        : {
            version: 1,
            owner,
            name,
            fingerprint: fingerprintOf(source),
            phase: "created",
            since: new Date().toISOString(),
          };
    await ctx.host.journal.write(mine);
    return { ...outs, ...(owed && { owed }) };
  } catch (error) {
    throw unfinished(inputs, owed, error as Error);
  }
}

/** The failure of a create that has made the copy, or may have: in the state, it is gone on with, or removed. */
function unfinished(inputs: CloneInputs, owed: PowerState | undefined, cause: Error): InitializationError {
  const nothing = { ipAddress: "", ipv4: [], release: "", imageRelease: "", multipassVersion: "" };
  const outs = { ...inputs, ...nothing, state: "Unknown", ready: false, ...(owed && { owed }) };
  return new InitializationError(inputs.name, outs, cause);
}

/** What the copy is, with the sizes that were asked for. */
async function stateOf(ctx: Context, inputs: CloneInputs, deadline: Deadline): Promise<CloneState> {
  const { source: _, ...own } = inputs;
  const seen = await observe(ctx, own, deadline);
  const { state, ipAddress, ipv4, release, imageRelease, multipassVersion, cpus, memory, disk } = seen;
  return {
    ...inputs,
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disk }),
    state,
    ready: true,
    ipAddress,
    ipv4,
    release,
    imageRelease,
    multipassVersion,
  };
}
