import { isDeepStrictEqual } from "node:util";
import { hostAddress } from "../../driver/addresses.ts";
import type { CallOptions } from "../../driver/driver.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { readsBackAs } from "../../driver/size.ts";
import { findMachine } from "../machine.ts";
import type { Operation } from "../operation/operation.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { sameMounts } from "./mounts.ts";
import { mountsOf, observedIn, specifiedIn, stateOf } from "./outputs.ts";
import { isRecordedAsOurs, mayBeOurs } from "./ownership.ts";
import { isIn, type PowerState } from "./power-state.ts";

/** What is, and the arguments that would say so: a preview then shows `cpus: 1 => 2` where somebody has changed the machine. */
export interface ReadResult {
  state: InstanceState;
  inputs: InstanceInputs;
}

/** What is known before: everything, or for `Instance.get` no more than whose question it is. */
type Known = Partial<InstanceState> & Pick<InstanceState, "owner">;

/**
 * What the instance is now.
 *
 * @returns undefined only when the daemon has answered that there is none of that name. A daemon that is away never means absence.
 */
export async function readInstance(op: Operation, id: string, known: Known): Promise<ReadResult | undefined> {
  const { roster, ledger } = op.multipass;
  // Many are read one after the other, and one answer serves them all.
  const recent = (options: CallOptions) => roster.findRecent(id, options);
  const listed = await op.under(`Unable to read instance "${id}"`, () => findMachine(op, id, known, recent));
  const olds = await withDefaults(op, id, known);
  // What is only looked at may be anybody's, and nothing is noted of it.
  const isLook = known.ready === undefined || known.onlyRead === true;
  const standing = isLook ? undefined : await ledger.standingOf(id, olds);
  if (!listed) {
    // A create that was interrupted may still bring it; the next update resumes it.
    if (!olds.ready && standing === "begun") return { state: olds, inputs: inputsOf(olds, olds) };
    if (standing !== undefined && isRecordedAsOurs(standing)) await ledger.forget(id);
    return undefined;
  }
  if (standing !== undefined && !mayBeOurs(olds, standing)) return undefined;
  const others = () => ledger.journal.namesOfStack(olds.owner);
  const info = await op.patiently((options) => roster.infoRecent(id, others, options));
  if (!info) return undefined;
  const found = stateOf(olds, info, olds.multipassVersion, olds.ready);
  const state: InstanceState = { ...olds, ...found, specified: olds.specified };
  // An address that is gone because the machine is stopped, or a guest that does not answer now, is no news.
  if (info.state !== "Running" || hostAddress(info.ipv4) === undefined) {
    const { ipAddress, ipv4, release } = olds;
    Object.assign(state, { ipAddress, ipv4, release });
  }
  const mounts = mountsOf(info, olds.mounts);
  state.mounts = sameMounts(mounts, olds.mounts ?? []) ? olds.mounts : mounts;
  if (!sizeIsAsObserved(olds, info)) Object.assign(state, await sizesInEffect(op, id, olds));
  // The only way to know is a call for each, so it is made where the answer can lead to something.
  if (olds.bridged) state.bridged = await bridgeInEffect(op, id);
  return { state, inputs: inputsOf(olds, state) };
}

/** Whether a machine that was attached to the bridge still is; `restore` takes it off again. One of which Multipass cannot say it is taken to be. */
async function bridgeInEffect(op: Operation, id: string): Promise<boolean> {
  const read = (options: CallOptions) => op.multipass.driver.get(`local.${id}.bridged`, options);
  const seen = await op.patiently(read).catch((error) => {
    // Without `local.bridged-network`, and with a driver or a version that knows no bridge.
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
    state: "Unknown",
    ready: true,
    ipAddress: "",
    ipv4: [],
    release: "",
    imageRelease: "",
    imageHash: "",
    snapshotCount: 0,
    specified: specifiedIn({ name: id, owner: known.owner }),
    // What is only looked at comes without a state at first.
    ...(known.ready === undefined && { onlyRead: true }),
    ...known,
    multipassVersion,
  };
}

/** The arguments that were given, with the values that are in effect. */
function inputsOf(olds: InstanceState, state: InstanceState): InstanceInputs {
  const given = olds.specified.map((key) => [key, state[key]] as const);
  const inputs = Object.fromEntries(given) as Partial<InstanceState> as InstanceInputs;
  const powered: Record<string, PowerState> = {
    Running: "running",
    Stopped: "stopped",
    Suspended: "suspended",
  };
  if (!isIn(olds.powerState ?? "running", state.state) && powered[state.state]) {
    inputs.powerState = powered[state.state];
  }
  return inputs;
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
export async function sizesInEffect(
  op: Operation,
  id: string,
  olds: Pick<InstanceInputs, "memory" | "disk">,
): Promise<{ cpus: number; memory: string; disk: string }> {
  const read = (key: string) =>
    op.patiently((options) => op.multipass.driver.get(`local.${id}.${key}`, options));
  const [cpus, memory, disk] = await Promise.all([read("cpus"), read("memory"), read("disk")]);
  const keep = (wanted: string | undefined, seen: string) =>
    wanted !== undefined && readsBackAs(wanted, seen) ? wanted : seen;
  return { cpus: Number(cpus), memory: keep(olds.memory, memory), disk: keep(olds.disk, disk) };
}
