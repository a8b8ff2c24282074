import { createHash } from "node:crypto";
import { cloneInstance } from "../../multipass/clone.ts";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { capabilities } from "../../multipass/version.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { JournalEntry } from "../../readiness/journal.ts";
import { type Context, InitializationError } from "../context.ts";
import { ensurePowerState } from "../instance/converge.ts";
import { refuseForeignLaunch } from "../instance/launch.ts";
import type { InstanceInputs, PowerState } from "../instance/model.ts";
import { applySizes } from "../instance/modify.ts";
import { observe } from "../instance/outputs.ts";
import { claim } from "../instance/ownership.ts";
import { ensureReady } from "../instance/requirements.ts";
import { aloneWith, workIn } from "../lock.ts";
import { findMachine, requireMachine, under } from "../machine.ts";
import { patiently } from "../patience.ts";
import { putBackIfLeft, sayOwed, whileStopped } from "../stopped.ts";
import { timeoutOf } from "../timing.ts";
import type { CloneInputs, CloneState } from "./model.ts";

export async function createClone(
  ctx: Context,
  inputs: CloneInputs,
): Promise<{ id: string; outs: CloneState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const headline = `Unable to clone instance "${inputs.source}" to "${inputs.name}"`;
  const owed = await under(headline, ensureCloned(ctx, inputs, deadline));
  return { id: inputs.name, outs: await finish(ctx, inputs, owed, deadline) };
}

/** Makes the copy, once: one that an interrupted create of this resource has made is taken for it. */
async function ensureCloned(
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
  const fingerprint = createHash("sha256").update(source).digest("hex");
  if (existing) {
    claim(ctx, own, existing, await ctx.host.journal.read(name), { fingerprint, of: "source" });
    return sayOwed(ctx, source, await putBackIfLeft(ctx, source, deadline));
  }
  await requireMachine(ctx, source, deadline);
  await record(ctx, inputs, fingerprint);
  try {
    const purpose = `clone it to "${name}"`;
    const done = await whileStopped(ctx, source, { allowRestart, purpose }, deadline, () =>
      copy(ctx, inputs, deadline),
    );
    return sayOwed(ctx, source, done);
  } catch (error) {
    // Multipass takes a clone that failed away again; one that nobody waited for may still come.
    if (!isMultipassError(error, "cancelled", "deadline", "call-timeout"))
      await ctx.host.journal.remove(name);
    throw error;
  }
}

/** Writes down whose the copy will be, before there is one. */
async function record(ctx: Context, inputs: CloneInputs, fingerprint: string): Promise<void> {
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
}

function copy(ctx: Context, { source, name }: CloneInputs, deadline: Deadline): Promise<void> {
  let tries = 0;
  ctx.log.status(`copying "${source}"`);
  return patiently(ctx, deadline, async (options) => {
    tries += 1;
    await cloneInstance(ctx.host.driver, source, name, options).catch((error) => {
      // By a try whose answer was lost.
      if (tries === 1 || !isMultipassError(error, "instance-exists")) throw error;
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
    const entry = await ctx.host.journal.read(inputs.name);
    if (entry?.owner === inputs.owner) await ctx.host.journal.write({ ...entry, phase: "created" });
    return { ...outs, ...(owed && { owed }) };
  } catch (error) {
    const nothing = { ipAddress: "", ipv4: [], release: "", imageRelease: "", multipassVersion: "" };
    const outs = { ...inputs, ...nothing, state: "Unknown", ready: false, ...(owed && { owed }) };
    throw new InitializationError(inputs.name, outs, error as Error);
  }
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
