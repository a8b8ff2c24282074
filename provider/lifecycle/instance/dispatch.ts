import { classify } from "../../multipass/classify.ts";
import { type LaunchRequest, launchArguments } from "../../multipass/driver.ts";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { awaitLaunch, dispatchLaunch } from "../../multipass/launch-job.ts";
import { type LaunchProgress, launchedName } from "../../multipass/output.ts";
import type { CallResult } from "../../multipass/run.ts";
import type { Deadline } from "../../readiness/clock.ts";
import type { JournalEntry } from "../../readiness/journal.ts";
import type { Phase } from "../../readiness/timeline.ts";
import type { Context } from "../context.ts";
import type { Substitute } from "./image-source.ts";
import { HOST_ERRORS, type InstanceInputs } from "./model.ts";
import { fingerprint, notOurs } from "./ownership.ts";

/** One launch from its dispatch to its end. */
export async function launchOnce(
  ctx: Context,
  inputs: InstanceInputs,
  deadline: Deadline,
  number: number,
  substitute: Substitute | undefined,
): Promise<void> {
  const { host, log } = ctx;
  deadline.check(`a launch of "${inputs.name}"`);
  const entry: JournalEntry = {
    version: 1,
    owner: inputs.owner,
    name: inputs.name,
    fingerprint: fingerprint(inputs),
    phase: "launching",
    direct: substitute?.image,
    since: new Date().toISOString(),
  };
  await host.journal.write(entry);
  log.status(number === 1 ? "launching" : `launching · try ${number}`);
  const launch = await dispatchLaunch(
    host.driver.client,
    launchArguments({ ...requestOf(inputs, deadline), ...(substitute && { image: substitute.url }) }),
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

export function leavesMachine(error: MultipassError): boolean {
  return error instanceof MachineLeft || error.cause instanceof MachineLeft;
}

/** Waits for the end of a launch, and shows how far it is. */
export function followLaunch(
  ctx: Context,
  launch: NonNullable<JournalEntry["launch"]>,
): Promise<CallResult | undefined> {
  return awaitLaunch(launch, {
    signal: ctx.signal,
    sleep: (ms) => ctx.clock.sleep(ms, ctx.signal),
    onProgress: (progress) => {
      // Past the look-up of the image: whoever waits for the host need not wait for this download and boot.
      if (progress.phase !== "creating") ctx.host.gate.open();
      ctx.timeline.enter(TIMELINE_PHASES[progress.phase]);
      ctx.log.status(progressText(progress));
    },
  });
}

const TIMELINE_PHASES: Record<LaunchProgress["phase"], Phase> = {
  creating: "images",
  downloading: "download",
  verifying: "prepare",
  extracting: "prepare",
  preparing: "prepare",
  configuring: "prepare",
  starting: "boot",
  initialising: "cloud-init",
};

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
  // In tens: a display that keeps every status line would be flooded otherwise.
  return percent === undefined ? words[phase] : `${words[phase]} · ${Math.floor(percent / 10) * 10} %`;
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
