import type { CallOptions } from "../../driver/driver.ts";
import { ignoring, isMultipassError } from "../../driver/errors.ts";
import { readsBackAs } from "../../driver/size.ts";
import { settingOf } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { ensurePowerState } from "../stopped.ts";
import type { InstanceInputs } from "./model.ts";
import { type MountInput, mountSteps } from "./mounts.ts";
import { mountsOf } from "./outputs.ts";
import { type Plan, refusalsOf, refuse } from "./refusals.ts";

type Settings = [key: string, value: string][];

/**
 * The settings to change in Multipass: cpus, memory, disk and bridge that differ from the arguments.
 *
 * Compares with the daemon, not with the state, so that a change that was interrupted halfway is completed.
 *
 * @throws MultipassError before any change if a value is impossible, or needs a restart that is not allowed
 */
export async function sizesToSet(op: Operation, inputs: InstanceInputs): Promise<Settings> {
  const { multipass } = op;
  const { name } = inputs;
  const settings: Settings = [];
  const has: Plan["has"] = {};
  const { cpus, memory, disk, bridged } = inputs;
  const asked = { cpus: cpus?.toString(), memory, disk, bridged: bridged ? "true" : undefined };
  for (const [key, wanted] of Object.entries(asked)) {
    if (wanted === undefined) continue;
    const there = await settingOf(op, `local.${name}.${key}`);
    const isSize = key === "memory" || key === "disk";
    if (isSize ? readsBackAs(wanted, there) : wanted === there) continue;
    if (key === "disk") has.disk = there;
    settings.push([key, wanted]);
  }
  if (settings.length > 0 && inputs.allowRestart === false)
    has.state = (await multipass.roster.find(name, op.bounds))?.state;
  const changes = Object.fromEntries(settings.map(([property]) => [property, "restart" as const]));
  const headline = `Unable to change ${settings.map(([key]) => key).join(", ")} of instance "${name}"`;
  refuse(headline, refusalsOf({ changes, has, asked: inputs }));
  return settings;
}

/**
 * Gives an instance the sizes that are asked for. Multipass allows that only while it is stopped. The caller
 * restores the power state.
 *
 * @param known the result of an earlier `sizesToSet`
 * @param seen the instance's last known state
 * @returns whether anything was changed
 */
export async function applySizes(
  op: Operation,
  inputs: InstanceInputs,
  known?: Settings,
  seen?: string,
): Promise<boolean> {
  const { multipass, log } = op;
  const { name } = inputs;
  const settings = known ?? (await sizesToSet(op, inputs));
  if (settings.length === 0) return false;
  const state = seen ?? (await multipass.roster.find(name, op.bounds))?.state;
  if (state !== "Stopped") {
    log.info(`restarting instance "${name}" to change its ${settings.map(([key]) => key).join(", ")}`);
    // The daemon refuses a change of an instance that is not stopped.
    await ensurePowerState(op, name, "stopped", { seen: state, showsLater: true });
  }
  for (const [key, value] of settings) {
    log.status(`setting ${key} to ${value}`);
    const set = () => op.patiently((bounds) => multipass.driver.set(`local.${name}.${key}`, value, bounds));
    await set().catch(async (error) => {
      if (!isMultipassError(error, "instance-not-stopped")) throw error;
      await ensurePowerState(op, name, "stopped");
      await set();
    });
  }
  return true;
}

/**
 * Removes a mount. After a restore the mount may exist only in the daemon's list, and must be made again
 * first.
 */
export async function unmount(
  { multipass }: Operation,
  name: string,
  { target, type }: Pick<MountInput, "target" | "type">,
  options: CallOptions,
): Promise<void> {
  try {
    await multipass.driver.unmount(name, target, options);
  } catch (error) {
    if (!isMultipassError(error, "not-mounted")) throw error;
    const listed = (await multipass.roster.info(name, options))?.mounts[target];
    if (!listed) return;
    // If the mount exists, somebody else made it. If its folder is gone, the daemon drops the mount at its
    // next start.
    await multipass.driver
      .mount(name, { source: listed.source_path, target, type }, options)
      .catch(ignoring("already-mounted", "mount-failed"));
    await multipass.driver.unmount(name, target, options).catch(ignoring("not-mounted"));
  }
}

/**
 * Puts back the sizes and mounts of a restored instance. Makes all mounts again, because the daemon may
 * list some that it no longer makes.
 *
 * @returns whether anything was changed
 */
export async function putBackSetup(op: Operation, inputs: InstanceInputs): Promise<boolean> {
  const resized = await applySizes(op, inputs);
  if (inputs.mounts === undefined) return resized;
  const known = { known: inputs.mounts };
  const removed = await applyMounts(op, { ...inputs, mounts: [] }, known);
  const added = await applyMounts(op, inputs, known);
  return resized || removed || added;
}

/** The caller's knowledge of an instance's mounts. */
export interface KnownMounts {
  /** The mounts that were last asked for, because the daemon does not report their type. */
  known?: readonly MountInput[] | undefined;
  /** Whether the instance is new, so that it may be stopped. */
  fresh?: boolean;
}

/** Mounts and unmounts until the instance has what is asked for. @returns whether anything was changed */
export async function applyMounts(
  op: Operation,
  inputs: InstanceInputs,
  { known = [], fresh = false }: KnownMounts,
): Promise<boolean> {
  const { multipass, log } = op;
  const { name, mounts } = inputs;
  if (mounts === undefined) return false;
  // Even a new instance can have mounts: Multipass mounts the home folder in the user's primary instance.
  const info = await op.patiently((bounds) => multipass.roster.info(name, bounds));
  const there = info ? mountsOf(info, known) : [];
  const { remove, add } = mountSteps(mounts, there);
  if (remove.length + add.length === 0) return false;
  op.timeline.enter("mounts");
  const native = [...remove, ...add].some((mount) => mount.type === "native");
  const state = (await multipass.roster.find(name, op.bounds))?.state;
  if (native && state !== "Stopped") {
    const plan: Plan = { changes: { mounts: "restart" }, has: { state }, asked: inputs };
    if (!fresh) refuse(`Unable to change the mounts of instance "${name}"`, refusalsOf(plan));
    await ensurePowerState(op, name, "stopped");
  }
  for (const mount of remove) {
    log.status(`unmounting ${mount.target}`);
    await unmount(op, name, mount, op.bounds);
  }
  for (const mount of add) {
    log.status(`mounting ${mount.source} at ${mount.target}`);
    await op.retry(() => multipass.driver.mount(name, mount, op.bounds).catch(ignoring("already-mounted")));
  }
  return true;
}
