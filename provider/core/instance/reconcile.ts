import { isMultipassError } from "../../driver/errors.ts";
import type { Operation } from "../operation/operation.ts";
import { ensurePowerState } from "./converge.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes, type KnownMounts, sizesToSet } from "./modify.ts";
import type { MountInput } from "./mounts.ts";
import { observe } from "./outputs.ts";
import { isIn, type PowerState } from "./power-state.ts";
import { ensureReady } from "./requirements.ts";

/** What has to be done to an instance that exists, in this order. */
export interface Steps {
  /** Whether it is deleted and has to be brought back first. */
  recover: boolean;
  /** The sizes and the bridge to give it; left out where they are right. */
  resize?: InstanceInputs | undefined;
  /** What is known of its mounts; left out where they are right. */
  mount?: KnownMounts | undefined;
  /** The power state that it is brought into: before its mounts are changed, after that, or not at all since it has it already. */
  power: PowerState;
  powered: "before" | "after" | "already";
  /** Whether these steps may stop it, so that nobody else may work in it meanwhile. */
  mayStop: boolean;
  /** Whether its guest boots by these steps, so that cloud-init is waited for. */
  booted: boolean;
}

/** What was done to an instance so far. A failure must not record more than that. */
export interface Progress {
  /** Whether anything was done that a failure leaves behind. */
  hasBegun: boolean;
  /** The daemon does not say of which type a mount is. Only what was made may be written down. */
  mounts: MountInput[] | undefined;
}

/** Makes an instance that exists what is asked for, and waits until it is ready. Both a create and an update end in this. */
export async function reconcile(
  op: Operation,
  inputs: InstanceInputs,
  steps: Steps,
  progress: Progress,
): Promise<InstanceState> {
  const { name, powerState = "running" } = inputs;
  const { power, booted } = steps;
  const change = () => takeSteps(op, inputs, steps, progress);
  // What is waited for after this may itself be the work of another resource in the instance.
  const isRemounted = await (steps.mayStop ? op.alone(name, change) : op.workIn(name, change));
  if (power === "running" && (booted || isRemounted)) {
    await op.workIn(name, () => ensureReady(op, inputs, { booted }));
  }
  if (power !== powerState) await op.alone(name, () => ensurePowerState(op, inputs));
  return observeInPowerState(op, inputs);
}

/** The state of an instance in the power state that is asked for. */
export async function observeInPowerState(op: Operation, inputs: InstanceInputs): Promise<InstanceState> {
  const seen = await observe(op, inputs);
  // The answer shows the power state, too. Only an instance that has changed it meanwhile needs more calls.
  if (isIn(inputs.powerState ?? "running", seen.state)) return seen;
  await op.alone(inputs.name, () => ensurePowerState(op, inputs));
  return observe(op, inputs);
}

/** @returns whether the mounts were changed */
async function takeSteps(
  op: Operation,
  inputs: InstanceInputs,
  { recover, resize, mount, power, powered }: Steps,
  progress: Progress,
): Promise<boolean> {
  const bringInto = (powerState: PowerState) => ensurePowerState(op, { ...inputs, powerState });
  // Refuses what cannot be had before anything is done.
  const settings = resize && !recover ? await sizesToSet(op, resize) : undefined;
  progress.hasBegun = true;
  if (recover) await bringInto("running");
  try {
    if (resize) await applySizes(op, resize, settings);
    if (powered === "before") await bringInto(power);
    const isRemounted = mount !== undefined && (await applyMounts(op, inputs, mount));
    progress.mounts = inputs.mounts ?? progress.mounts;
    if (powered === "after" || isRemounted) await bringInto(power);
    return isRemounted;
  } catch (error) {
    // A change that is refused for good must not leave the instance stopped for nothing.
    const isRefused = isMultipassError(error) && !error.transient;
    if (isRefused && powered === "after") await bringInto(power).catch(() => undefined);
    throw error;
  }
}
