import { createHash } from "node:crypto";
import { classify } from "../../multipass/classify.ts";
import { type LaunchRequest, launchArguments } from "../../multipass/driver.ts";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { awaitLaunch, dispatchLaunch } from "../../multipass/launch-job.ts";
import { type LaunchProgress, launchedName } from "../../multipass/output.ts";
import type { CallResult } from "../../multipass/run.ts";
import type { ListedInstance } from "../../multipass/schema.ts";
import { type Deadline, formatSeconds } from "../../readiness/clock.ts";
import type { JournalEntry } from "../../readiness/journal.ts";
import { retry } from "../../readiness/retry.ts";
import type { Context } from "../context.ts";
import { HOST_ERRORS, type InstanceInputs } from "./model.ts";
import { backoffOf } from "./timing.ts";

/** How the machine came to be there. */
export interface Launched {
  /** `launched` now; `resumed` from an operation that was interrupted; `adopted` because the user said so. */
  how: "launched" | "resumed" | "adopted";
  /** Whether Multipass itself has said that it is running and initialised. */
  confirmed: boolean;
}

/** What of the arguments only a replacement can change: two launches that differ in it make different machines. */
export function fingerprint(inputs: InstanceInputs): string {
  const { image, cloudInit, networks, bridged, zone } = inputs;
  return createHash("sha256")
    .update(JSON.stringify([image, cloudInit, networks, bridged, zone]))
    .digest("hex");
}

/**
 * Brings the machine into existence, exactly once, whatever has been tried before.
 *
 * Dispatch, record, wait: the journal names the owner before the first launch; a launch that was dispatched is never dispatched
 * again while it may still succeed; and after every failure the daemon's own list decides whether the machine exists.
 *
 * @throws MultipassError; `cancelled` and `deadline` leave the journal in place, so that a later call resumes
 */
export async function ensureLaunched(
  ctx: Context,
  inputs: InstanceInputs,
  deadline: Deadline,
): Promise<Launched> {
  const { host, log } = ctx;
  const me = {};
  let entry = await host.journal.read(inputs.name);
  let how: Launched["how"] = "launched";
  if (entry && entry.owner === inputs.owner && entry.launch && entry.phase === "launching") {
    log.status("resuming a launch that was interrupted");
    const result = await followLaunch(ctx, entry.launch);
    if (result?.exitCode === 0) return { how: "resumed", confirmed: true };
    how = "resumed";
  }

  const attempt = async (number: number): Promise<Launched> => {
    await host.gate.turn(me, ctx.signal);
    const existing = await host.world.find(inputs.name, {
      timeoutMs: deadline.remaining,
      signal: ctx.signal,
    });
    if (existing) {
      host.gate.open();
      return claim(ctx, inputs, existing, await host.journal.read(inputs.name));
    }
    entry = await host.journal.read(inputs.name);
    if (entry && entry.owner !== inputs.owner && entry.phase === "launching") {
      throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
        kind: "not-owned",
        details: `${entry.owner} has begun to launch an instance of that name`,
        remedy: "Choose another name, or finish or destroy the other one first.",
      });
    }
    await host.launches(() => launchOnce(ctx, inputs, deadline, number));
    host.gate.open();
    return { how, confirmed: true };
  };

  try {
    return await retry(
      async (number) => {
        try {
          return await attempt(number);
        } catch (error) {
          if (isMultipassError(error, ...HOST_ERRORS)) host.gate.close(me);
          else host.gate.open();
          throw error;
        }
      },
      {
        clock: ctx.clock,
        random: ctx.random,
        deadline,
        backoff: backoffOf(inputs),
        signal: ctx.signal,
        // The machine exists: what is left is to wait for it, not to launch it.
        retryable: (error) => error.transient && !leavesMachine(error),
        onWait: ({ attempt: tried, delay, error, remaining }) =>
          log.status(
            `waiting for ${awaited(error)} · try ${tried} failed · next in ${formatSeconds(delay)} · ${formatSeconds(remaining)} left`,
          ),
      },
    );
  } catch (error) {
    if (isMultipassError(error) && leavesMachine(error)) return { how, confirmed: false };
    await forgetUnlessPending(ctx, inputs, error);
    throw isMultipassError(error) ? error.under(`Unable to launch instance "${inputs.name}"`) : error;
  } finally {
    host.gate.resign(me);
  }
}

/** One launch from its dispatch to its end. */
async function launchOnce(
  ctx: Context,
  inputs: InstanceInputs,
  deadline: Deadline,
  number: number,
): Promise<void> {
  const { host, log } = ctx;
  deadline.check(`a launch of "${inputs.name}"`);
  const entry: JournalEntry = {
    version: 1,
    owner: inputs.owner,
    name: inputs.name,
    fingerprint: fingerprint(inputs),
    phase: "launching",
    since: new Date().toISOString(),
  };
  await host.journal.write(entry);
  log.status(number === 1 ? "launching" : `launching · try ${number}`);
  const launch = await dispatchLaunch(
    host.driver.client,
    launchArguments(requestOf(inputs, deadline)),
    inputs.cloudInit,
    host.journal.launchFolder(inputs.name),
  );
  await host.journal.write({ ...entry, launch });
  const result = await followLaunch(ctx, launch);
  if (result?.exitCode === 0 || (result && launchedName(result.stdout))) {
    await host.journal.write({ ...entry, phase: "launched" });
    return;
  }
  const error = result
    ? classify({ command: `launch --name ${inputs.name}`, ...result })
    : new MultipassError(`"multipass launch --name ${inputs.name}" was killed`, {
        kind: "client-timeout",
        transient: true,
      });
  await lookAfterFailure(ctx, inputs, entry, error);
}

/** The exit code says little; the daemon's list says whether the machine is there. */
async function lookAfterFailure(
  ctx: Context,
  inputs: InstanceInputs,
  entry: JournalEntry,
  error: MultipassError,
): Promise<never> {
  if (
    isMultipassError(
      error,
      ...HOST_ERRORS,
      "image-unknown",
      "invalid-argument",
      "size-invalid",
      "network-invalid",
    )
  ) {
    // These come before anything is made. "Unreachable" can also be the end of a daemon in the middle of the work: the next
    // attempt looks at the list before it launches again.
    throw error;
  }
  const instance = await ctx.host.world.find(inputs.name, { signal: ctx.signal });
  if (!instance) throw error;
  if (isMultipassError(error, "instance-exists")) {
    // Somebody made it between our look and our launch.
    await ctx.host.journal.remove(inputs.name);
    throw notOurs(inputs, instance);
  }
  await ctx.host.journal.write({ ...entry, phase: "launched" });
  throw new MachineLeft(error);
}

/** A launch has failed, and the machine is there all the same: phases H to L of the daemon's work. */
class MachineLeft extends MultipassError {
  constructor(error: MultipassError) {
    super(error.summary, { ...error, cause: error });
  }
}

function leavesMachine(error: MultipassError): boolean {
  return error instanceof MachineLeft || error.cause instanceof MachineLeft;
}

/** Decides whether a machine that is there already may be taken for this resource. */
async function claim(
  ctx: Context,
  inputs: InstanceInputs,
  existing: ListedInstance,
  entry: JournalEntry | undefined,
): Promise<Launched> {
  if (entry?.owner === inputs.owner) {
    if (entry.fingerprint === fingerprint(inputs) || inputs.adopt)
      return { how: "resumed", confirmed: false };
    throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
      kind: "instance-exists",
      details:
        "an interrupted create of this resource has left an instance of that name with another image, cloudInit, network or zone",
      remedy: `Remove it with \`multipass delete --purge ${inputs.name}\` and run \`pulumi up\` again, or keep it as it is with the argument \`adopt: true\`.`,
    });
  }
  if (inputs.adopt && existing.state !== "Deleted") {
    ctx.log.info(`adopted the existing instance "${inputs.name}"`);
    return { how: "adopted", confirmed: false };
  }
  throw notOurs(inputs, existing);
}

function notOurs(inputs: InstanceInputs, existing: ListedInstance): MultipassError {
  const deleted = existing.state === "Deleted";
  return new MultipassError(`Unable to launch instance "${inputs.name}"`, {
    kind: "instance-exists",
    details: deleted
      ? "a deleted instance of that name still owns it"
      : `an instance of that name exists already (${existing.state}), and this stack did not make it`,
    remedy: deleted
      ? `Bring it back with \`multipass recover ${inputs.name}\`, remove it with \`multipass delete --purge ${inputs.name}\`, or choose another name.`
      : "Choose another name, or take the instance under this stack's management with the argument `adopt: true`.",
  });
}

/** The journal's entry stands as long as the launch may still succeed without us; else the name is free again. */
async function forgetUnlessPending(ctx: Context, inputs: InstanceInputs, error: unknown): Promise<void> {
  if (isMultipassError(error, "cancelled", "deadline", "client-timeout", "call-timeout")) return;
  const entry = await ctx.host.journal.read(inputs.name);
  if (entry?.owner === inputs.owner && entry.phase === "launching")
    await ctx.host.journal.remove(inputs.name);
}

function followLaunch(
  ctx: Context,
  launch: NonNullable<JournalEntry["launch"]>,
): Promise<CallResult | undefined> {
  return awaitLaunch(launch, {
    signal: ctx.signal,
    sleep: (ms) => ctx.clock.sleep(ms, ctx.signal),
    onProgress: (progress) => ctx.log.status(progressText(progress)),
  });
}

function progressText({ phase, percent }: LaunchProgress): string {
  const words: Record<LaunchProgress["phase"], string> = {
    creating: "creating",
    downloading: "downloading the image",
    verifying: "verifying the image",
    extracting: "extracting the image",
    preparing: "preparing the image",
    configuring: "configuring",
    starting: "booting",
    initialising: "cloud-init is running",
  };
  return percent === undefined ? words[phase] : `${words[phase]} · ${percent} %`;
}

function requestOf(inputs: InstanceInputs, deadline: Deadline): LaunchRequest {
  const { name, image, cpus, memory, disk, cloudInit, networks, bridged, zone } = inputs;
  return {
    name,
    image,
    cpus,
    memory,
    disk,
    cloudInit,
    networks,
    bridged,
    zone,
    timeoutSeconds: deadline.remaining / 1000,
  };
}

/** What a transient error makes one wait for, in words for the status line. */
function awaited(error: MultipassError): string {
  switch (error.kind) {
    case "daemon-unreachable":
    case "daemon-initialising":
      return "the Multipass daemon";
    case "images-unreachable":
      return "image servers";
    case "download-failed":
    case "download-cancelled":
      return "the image download";
    case "instance-preparing":
      return "another launch of this name";
    default:
      return error.kind.replaceAll("-", " ");
  }
}
