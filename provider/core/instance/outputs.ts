import { hostAddress, hostAddressFirst } from "../../driver/addresses.ts";
import { MultipassError } from "../../driver/errors.ts";
import type { InstanceInfo } from "../../driver/schema.ts";
import type { Operation } from "../operation/operation.ts";
import { withoutArguments } from "./changes.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import type { MountInput } from "./mounts.ts";

/** How long a running guest may take to show its address after it has answered. */
const ADDRESS_MS = 60_000;
/**
 * Milliseconds that a machine which is ready waits for each of those that are on their way, and at most, so that their addresses are asked for
 * together. It holds up none of them, and is little beside the time that so many boots take.
 */
const GATHER_EACH_MS = 100;
const GATHER_MOST_MS = 10_000;

/** The state after an operation, as the daemon and the guest show it. */
export async function observe(op: Operation, inputs: InstanceInputs): Promise<InstanceState> {
  const { name } = inputs;
  const giveUpAddress = op.deadline.elapsed + ADDRESS_MS;
  const info = await op.retry(
    async () => {
      const { activeCount, pendingCount } = op.multipass.launches;
      const others = activeCount + pendingCount;
      const patience = Math.min(GATHER_EACH_MS * others, GATHER_MOST_MS, op.deadline.remaining / 2);
      const asked = op.multipass.roster.info(name, op.rest, others > 0 ? patience : undefined);
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

/** The size that Multipass chose where nothing was asked for. What was asked for needs no call. */
async function sizeLeftToMultipass(
  op: Operation,
  { cpus }: InstanceState,
  inputs: InstanceInputs,
): Promise<Partial<InstanceState>> {
  const read = (key: string) =>
    op.patiently((within) => op.multipass.driver.get(`local.${inputs.name}.${key}`, within));
  const sizes: Partial<InstanceState> = {};
  // A machine that runs shows its processors; of one that does not, only the daemon knows them.
  if (cpus === undefined) sizes.cpus = Number(await read("cpus"));
  for (const key of ["memory", "disk"] as const) {
    if (inputs[key] === undefined) sizes[key] = await read(key);
  }
  return sizes;
}

/** The names of the arguments that were given. */
export function specifiedIn(inputs: InstanceInputs): InstanceState["specified"] {
  return (Object.keys(inputs) as (keyof InstanceInputs)[]).filter((key) => inputs[key] !== undefined);
}

/** The state of an instance whose size is as asked for. */
export function stateOf(
  inputs: InstanceInputs,
  info: InstanceInfo,
  version: string,
  ready: boolean,
): InstanceState {
  const running = info.state === "Running";
  return {
    ...inputs,
    cpus: inputs.cpus ?? (info.cpu_count ? Number(info.cpu_count) : undefined),
    zone: inputs.zone ?? info.zone?.name,
    mounts: inputs.mounts ?? mountsOf(info),
    specified: [],
    state: info.state,
    ready,
    ipAddress: hostAddress(info.ipv4) ?? "",
    ipv4: hostAddressFirst(info.ipv4),
    release: info.release,
    imageRelease: info.image_release,
    imageHash: info.image_hash,
    snapshotCount: Number(info.snapshot_count ?? 0),
    multipassVersion: version,
    ...(running ? { observed: observedIn(info) } : {}),
  };
}

/** What is known of an instance that never came so far as to be looked at. */
export function unreadyState(inputs: InstanceInputs, olds: Partial<InstanceState> = {}): InstanceState {
  return {
    state: "Unknown",
    ipAddress: "",
    ipv4: [],
    release: "",
    imageRelease: "",
    imageHash: "",
    snapshotCount: 0,
    multipassVersion: "",
    ...withoutArguments(olds),
    ...inputs,
    specified: specifiedIn(inputs),
    ready: false,
  };
}

/** How the instance came to be. That stays true whatever is changed later. */
export function originOf({
  resolvedImage,
  timeline,
  adopted,
  creation,
}: {
  [K in "resolvedImage" | "timeline" | "adopted" | "creation"]?: InstanceState[K] | undefined;
}): Partial<InstanceState> {
  return {
    ...(resolvedImage && { resolvedImage }),
    ...(timeline && { timeline }),
    ...(adopted && { adopted }),
    ...(creation !== undefined && { creation }),
  };
}

export function observedIn(info: InstanceInfo): NonNullable<InstanceState["observed"]> {
  const { total: memoryTotal } = info.memory;
  const { total: diskTotal } = info.disks["sda1"] ?? {};
  // Without keys that have no value: this is compared with what has been through Pulumi's state, which drops them.
  return {
    cpuCount: info.cpu_count,
    ...(memoryTotal === undefined ? {} : { memoryTotal }),
    ...(diskTotal === undefined ? {} : { diskTotal }),
  };
}

/** Mounts as the daemon lists them. It does not say of which type they are; what was asked for stands for that. */
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
