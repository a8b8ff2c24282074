import { isMultipassError } from "../../driver/errors.ts";
import { isIn, type PowerState } from "../common.ts";
import type { Operation } from "../operation/operation.ts";
import { ensurePowerState } from "../stopped.ts";
import type { Known } from "./converge.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes, type KnownMounts, sizesToSet } from "./modify.ts";
import type { MountInput } from "./mounts.ts";
import { observe } from "./outputs.ts";
import { ensureReady } from "./requirements.ts";

/** The steps that an existing instance needs, in this order. */
export interface Steps {
  /** The instance's last known state; left out if these steps must look for themselves. */
  seen?: string | undefined;
  /** The sizes and the bridge to set; left out if they are right. */
  resize?: InstanceInputs | undefined;
  /** The mounts known so far; left out if they are right. */
  mount?: KnownMounts | undefined;
  /** The power state to bring it into: before its mounts change, after that, or not at all ("already"). */
  power: PowerState;
  powered: "before" | "after" | "already";
  /** Whether these steps may stop it. Then nobody else may work in it meanwhile. */
  mayStop: boolean;
  /** Whether these steps boot the guest, so that they have to wait for cloud-init. */
  booted: boolean;
}

/** The work done on an instance so far. A failure must not record more than that. */
export interface Progress {
  /** Whether anything was changed that a failure leaves behind. */
  hasBegun: boolean;
  /** The daemon does not report the type of a mount, so record only mounts that were made. */
  mounts: MountInput[] | undefined;
}

/** Makes an instance match its arguments, and waits until it is ready. Every create and update ends here. */
export async function reconcile(
  op: Operation,
  inputs: InstanceInputs,
  steps: Steps,
  progress: Progress,
): Promise<InstanceState> {
  const { arrivals } = op.multipass;
  arrivals.expect(inputs.name);
  try {
    return await reconcileOne(op, inputs, steps, progress);
  } finally {
    arrivals.arrived(inputs.name);
  }
}

async function reconcileOne(
  op: Operation,
  inputs: InstanceInputs,
  steps: Steps,
  progress: Progress,
): Promise<InstanceState> {
  const { name, powerState = "running" } = inputs;
  const { power, booted } = steps;
  const change = () => takeSteps(op, inputs, steps, progress);
  // Hold the lock for these steps only: readiness may depend on another resource's work in the instance.
  const isRemounted = await (steps.mayStop ? op.alone(name, change) : op.workIn(name, change));
  if (power === "running" && (booted || isRemounted)) {
    await op.workIn(name, () => ensureReady(op, inputs, { booted }));
  }
  if (power !== powerState) await op.alone(name, () => ensurePowerState(op, name, powerState));
  return observeInPowerState(op, inputs);
}

/** The state of an instance, once it is in the requested power state. */
export async function observeInPowerState(op: Operation, inputs: InstanceInputs): Promise<InstanceState> {
  const seen = await observe(op, inputs);
  // The answer shows the power state, too. More calls are needed only if that has changed meanwhile.
  const { name, powerState = "running" } = inputs;
  if (isIn(powerState, seen.state)) return seen;
  await op.alone(name, () => ensurePowerState(op, name, powerState));
  return observe(op, inputs);
}

/** @returns whether the mounts were changed */
async function takeSteps(
  op: Operation,
  inputs: InstanceInputs,
  { seen, resize, mount, power, powered }: Steps,
  progress: Progress,
): Promise<boolean> {
  const bringInto = (powerState: PowerState, known?: Known) =>
    ensurePowerState(op, inputs.name, powerState, known);
  const isDeleted = seen === "Deleted";
  // Refuses impossible changes before anything is done.
  const settings = resize && !isDeleted ? await sizesToSet(op, resize) : undefined;
  progress.hasBegun = true;
  if (isDeleted) await bringInto("running");
  const state = isDeleted ? undefined : seen;
  try {
    const isResized = resize !== undefined && (await applySizes(op, resize, settings, state));
    if (powered === "before") await bringInto(power);
    const isRemounted = mount !== undefined && (await applyMounts(op, inputs, mount));
    progress.mounts = inputs.mounts ?? progress.mounts;
    if (powered === "after" || isRemounted) {
      const now = isResized ? "Stopped" : state;
      // The later questions about the instance also show its power state, so nothing is asked here.
      await bringInto(power, { seen: mount === undefined ? now : undefined, showsLater: true });
    }
    return isRemounted;
  } catch (error) {
    // A change that is refused for good must not leave the instance stopped.
    const isRefused = isMultipassError(error) && !error.transient;
    if (isRefused && powered === "after") await bringInto(power).catch(() => undefined);
    throw error;
  }
}
