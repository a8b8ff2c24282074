import { hostAddress } from "../../driver/addresses.ts";
import { MultipassError } from "../../driver/errors.ts";
import type { InstanceInfo } from "../../driver/schema.ts";
import { factsOf, NO_FACTS, settingOf } from "../instances.ts";
import { formatSeconds } from "../operation/deadline.ts";
import type { Operation } from "../operation/operation.ts";
import { withoutArguments } from "./changes.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import type { MountInput } from "./mounts.ts";
import { wasSeen } from "./ownership.ts";

/** Milliseconds that a running guest may take to show its address after its first answer. */
const ADDRESS_MS = 60_000;
/**
 * Milliseconds that a ready instance waits for each one still on its way, and at most in total. One call then
 * asks for all their addresses. The wait delays no launch, and ends when the last instance has arrived.
 */
const GATHER_EACH_MS = 100;
const GATHER_MOST_MS = 10_000;

/** The state after an operation, as the daemon and the guest report it. */
export async function observe(op: Operation, inputs: InstanceInputs): Promise<InstanceState> {
  const { name } = inputs;
  op.multipass.arrivals.arrived(name);
  const giveUpAddress = op.deadline.elapsed + ADDRESS_MS;
  const info = await op.retry(
    async () => {
      const { count, all } = op.multipass.arrivals;
      const longestMs = Math.min(GATHER_EACH_MS * count, GATHER_MOST_MS, op.deadline.remaining / 2);
      const asked = op.multipass.roster.info(name, op.rest, { longestMs, until: all });
      const seen = await op.within(`the address of "${name}"`, asked);
      if (!seen)
        throw new MultipassError(`Instance "${name}" does not exist any more`, { kind: "instance-missing" });
      const isAwaited = seen.state === "Running" && hostAddress(seen.ipv4) === undefined;
      if (isAwaited && op.deadline.elapsed < giveUpAddress) {
        throw new MultipassError(`Instance "${name}" has no address yet`, {
          kind: "guest-unreachable",
          transient: true,
        });
      }
      return seen;
    },
    { onWait: () => op.log.status("waiting for an address") },
  );
  const { client } = await op.multipass.version({ signal: op.signal });
  const state = stateOf(inputs, info, client.text, true);
  const left = await sizeLeftToMultipass(op, state, inputs);
  return { ...state, ...left, specified: specifiedIn(inputs) };
}

/** The sizes that Multipass chose because the program gave none. Given sizes need no call. */
async function sizeLeftToMultipass(
  op: Operation,
  { cpus }: InstanceState,
  inputs: InstanceInputs,
): Promise<Partial<InstanceState>> {
  const read = (key: string) => settingOf(op, `local.${inputs.name}.${key}`);
  const sizes: Partial<InstanceState> = {};
  // Only a running instance shows its processors. For any other, only the daemon knows them.
  if (cpus === undefined) sizes.cpus = Number(await read("cpus"));
  for (const key of ["memory", "disk"] as const) {
    if (inputs[key] === undefined) sizes[key] = await read(key);
  }
  return sizes;
}

export function specifiedIn(inputs: InstanceInputs): InstanceState["specified"] {
  return (Object.keys(inputs) as (keyof InstanceInputs)[]).filter((key) => inputs[key] !== undefined);
}

export function stateOf(
  inputs: InstanceInputs,
  info: InstanceInfo,
  version: string,
  ready: boolean,
): InstanceState {
  return {
    ...inputs,
    cpus: inputs.cpus ?? (info.cpu_count ? Number(info.cpu_count) : undefined),
    zone: inputs.zone ?? info.zone?.name,
    mounts: inputs.mounts ?? mountsOf(info),
    specified: [],
    ...factsOf(info),
    ready,
    multipassVersion: version,
    ...(info.state === "Running" && { observed: observedIn(info) }),
  };
}

/** The state of an instance that is not ready: its arguments, and what earlier looks showed. */
export function unreadyState(inputs: InstanceInputs, olds: Partial<InstanceState> = {}): InstanceState {
  return notReady({
    ...NO_FACTS,
    multipassVersion: "",
    ready: false,
    ...withoutArguments(olds),
    ...inputs,
    specified: specifiedIn(inputs),
  });
}

/** A state after which the next update continues. */
export function notReady(state: InstanceState): InstanceState {
  return { ...state, ready: false, seen: wasSeen(state) };
}

const ORIGIN = ["resolvedImage", "timeline", "adopted", "creation"] as const;

/** How the instance came into being. No later change affects this. */
export function originOf(known: Partial<InstanceState>): Partial<InstanceState> {
  return Object.fromEntries(ORIGIN.filter((key) => known[key]).map((key) => [key, known[key]]));
}

export function observedIn(info: InstanceInfo): NonNullable<InstanceState["observed"]> {
  const { total: memoryTotal } = info.memory;
  const { total: diskTotal } = info.disks["sda1"] ?? {};
  // Leaves out keys without a value, as Pulumi's state does, so that the two can be compared.
  return {
    cpuCount: info.cpu_count,
    ...(memoryTotal === undefined ? {} : { memoryTotal }),
    ...(diskTotal === undefined ? {} : { diskTotal }),
  };
}

/** The mounts that the daemon lists. It does not report their type, so that comes from `asked`. */
export function mountsOf(info: InstanceInfo, asked: readonly MountInput[] = []): MountInput[] {
  return Object.entries(info.mounts).map(([target, mount]) => {
    const like = asked.find((one) => one.target === target);
    return {
      source: mount.source_path,
      target,
      ...(like?.type ? { type: like.type } : {}),
      ...(like?.uidMappings ? { uidMappings: mount.uid_mappings } : {}),
      ...(like?.gidMappings ? { gidMappings: mount.gid_mappings } : {}),
    };
  });
}

export function instanceOutcome(
  { state, ipAddress }: { state: string; ipAddress: string },
  ms: number,
): string {
  // Rounds down, as Pulumi does with the time that it shows beside it.
  const time = formatSeconds(Math.floor(ms / 1000) * 1000);
  if (state !== "Running") return `${state.toLowerCase()} after ${time}`;
  return `ready ${ipAddress === "" ? "" : `at ${ipAddress} `}after ${time}`;
}

export function deletionOutcome({ name, deletionPolicy }: { name: string; deletionPolicy?: string }): string {
  return deletionPolicy === "keep"
    ? `\`multipass recover ${name}\` brings it back`
    : `instance "${name}" is purged`;
}
