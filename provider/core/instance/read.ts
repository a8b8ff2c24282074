import { isDeepStrictEqual } from "node:util";
import { hostAddress } from "../../driver/addresses.ts";
import type { CallOptions } from "../../driver/driver.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { readsBackAs } from "../../driver/size.ts";
import { isIn, powerState } from "../common.ts";
import { findInstance, NO_FACTS, settingOf } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { mountsChange } from "./mounts.ts";
import { mountsOf, observedIn, specifiedIn, stateOf } from "./outputs.ts";
import { isRecordedAsOurs, mayBeOurs } from "./ownership.ts";

/** The state before the read: all of it, or only the owner for `Instance.get`. */
type Known = Partial<InstanceState> & Pick<InstanceState, "owner">;

/**
 * Reads the instance as it is now.
 *
 * @returns undefined if the daemon answers that there is no such instance, or if it is no longer ours. A
 *   daemon that is away never means absence
 */
export async function readInstance(
  op: Operation,
  known: Known,
  id: string,
): Promise<InstanceState | undefined> {
  const { roster, ledger } = op.multipass;
  // Pulumi reads many instances one after the other, and one answer serves them all.
  const recent = (options: CallOptions) => roster.findRecent(id, options);
  const listed = await op.under(`Unable to read instance "${id}"`, () => findInstance(op, id, known, recent));
  const olds = await withDefaults(op, id, known);
  // `Instance.get` may read anybody's instance, so nothing is recorded for it.
  const isLook = known.ready === undefined || known.onlyRead === true;
  const standing = isLook ? undefined : await ledger.standingOf(id, olds);
  if (!listed) {
    // An interrupted create may still make the instance; the next update resumes it.
    if (!olds.ready && standing === "begun") return olds;
    if (standing !== undefined && isRecordedAsOurs(standing)) await ledger.forget(id);
    return undefined;
  }
  if (standing !== undefined && !mayBeOurs(olds, standing)) return undefined;
  const others = () => ledger.namesOfStack(olds.owner);
  const info = await op.patiently((options) => roster.infoRecent(id, others, options));
  if (!info) return undefined;
  const found = stateOf(olds, info, olds.multipassVersion, olds.ready);
  const state: InstanceState = { ...olds, ...found, specified: olds.specified };
  // A stopped instance has no address, and a guest may fail to answer now. Neither is drift.
  if (info.state !== "Running" || hostAddress(info.ipv4) === undefined) {
    const { ipAddress, ipv4, release } = olds;
    Object.assign(state, { ipAddress, ipv4, release });
  }
  const mounts = mountsOf(info, olds.mounts);
  state.mounts = mountsChange(mounts, olds.mounts ?? []) ? mounts : olds.mounts;
  if (!sizeIsAsObserved(olds, info)) Object.assign(state, await sizesInEffect(op, id, olds));
  // This takes a call for each instance, so only those that were attached to the bridge are asked.
  if (olds.bridged) state.bridged = await bridgeInEffect(op, id);
  return state;
}

/** Whether the instance is still attached to the bridge, as before a restore. True if nobody can tell. */
async function bridgeInEffect(op: Operation, id: string): Promise<boolean> {
  const seen = await settingOf(op, `local.${id}.bridged`).catch((error) => {
    // Multipass cannot tell without `local.bridged-network`, or if the driver or version has no bridge.
    if (isMultipassError(error, "network-invalid", "invalid-argument", "not-supported")) return "unknown";
    throw error;
  });
  return seen !== "false";
}

async function withDefaults(op: Operation, id: string, known: Known): Promise<InstanceState> {
  const multipassVersion =
    known.multipassVersion ?? (await op.multipass.version({ signal: op.signal })).client.text;
  return {
    name: id,
    ...NO_FACTS,
    ready: true,
    specified: specifiedIn({ name: id, owner: known.owner }),
    // `Instance.get` starts without a state.
    ...(known.ready === undefined && { onlyRead: true }),
    ...known,
    multipassVersion,
  };
}

/** The arguments that would produce a state: a preview shows drift as `cpus: 1 => 2`. */
export function inputsOf(state: InstanceState): InstanceInputs {
  const given = state.specified.map((key) => [key, state[key]] as const);
  const inputs = Object.fromEntries(given) as Partial<InstanceState> as InstanceInputs;
  const actual = powerState.options.find((one) => isIn(one, state.state));
  if (actual && actual !== (state.powerState ?? "running")) inputs.powerState = actual;
  return inputs;
}

/**
 * Whether the guest shows the same sizes as when they were last known to be right. Saves three calls for each
 * instance. A stopped guest shows none, so the daemon is asked.
 */
function sizeIsAsObserved(olds: InstanceState, info: Parameters<typeof observedIn>[0]): boolean {
  return (
    info.state === "Running" && info.cpu_count !== "" && isDeepStrictEqual(olds.observed, observedIn(info))
  );
}

/** The sizes that the daemon reports, as recorded if they differ only by its rounding. */
export async function sizesInEffect(
  op: Operation,
  id: string,
  olds: Pick<InstanceInputs, "memory" | "disk">,
): Promise<{ cpus: number; memory: string; disk: string }> {
  const read = (key: string) => settingOf(op, `local.${id}.${key}`);
  const [cpus, memory, disk] = await Promise.all([read("cpus"), read("memory"), read("disk")]);
  const keep = (wanted: string | undefined, seen: string) =>
    wanted !== undefined && readsBackAs(wanted, seen) ? wanted : seen;
  return { cpus: Number(cpus), memory: keep(olds.memory, memory), disk: keep(olds.disk, disk) };
}
