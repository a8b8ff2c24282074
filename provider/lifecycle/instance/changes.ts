import { isDeepStrictEqual } from "node:util";
import { sameSize } from "../../multipass/size.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { meaningOf } from "../user-data/meaning.ts";
import { isIn } from "./converge.ts";
import type { InstanceInputs, InstanceState, MountInput } from "./model.ts";

/**
 * What a difference between what is and what is asked for costs.
 * - `replace`: another machine
 * - `restart`: in place, with the machine stopped for it
 * - `live`: in place, nothing stops
 * - `record`: only what is written down changes
 */
export type Verdict = "replace" | "restart" | "live" | "record";

export interface Change {
  property: keyof InstanceState;
  verdict: Verdict;
}

/**
 * What each argument is in the state; the compiler misses one that is forgotten here.
 * - `program`: tells how to work, not what the machine is
 * - `asked`: says how the machine was asked for, and must not stay when it is said no more
 * - `machine`: what the machine has, asked for or not
 */
const ARGUMENTS: Record<keyof InstanceInputs, "program" | "asked" | "machine"> = {
  adopt: "program",
  allowRestart: "program",
  deletionPolicy: "program",
  readiness: "program",
  remedies: "program",
  retry: "program",
  timeouts: "program",
  multipassPath: "program",
  image: "asked",
  cloudInit: "asked",
  networks: "asked",
  bridged: "asked",
  powerState: "asked",
  automaticName: "asked",
  name: "machine",
  cpus: "machine",
  memory: "machine",
  disk: "machine",
  mounts: "machine",
  zone: "machine",
  owner: "machine",
  logicalName: "machine",
};

const argumentsThatAre = (what: "program" | "asked") =>
  (Object.keys(ARGUMENTS) as (keyof InstanceInputs)[]).filter((name) => ARGUMENTS[name] === what);

const RECORDED = argumentsThatAre("program");
const TAKEN_OUT = [...RECORDED, ...argumentsThatAre("asked")];

/** What of an earlier state is about the machine, not what was asked for: an argument that was taken out must not stay for ever. */
export function withoutArguments(olds: Partial<InstanceState>): Partial<InstanceState> {
  const machine = { ...olds };
  for (const name of TAKEN_OUT) delete machine[name];
  return machine;
}

/**
 * Every difference that the next update has to deal with, and its price. An argument that is left out leaves the matter to
 * Multipass and is never a difference, except `image`, `cloudInit`, `networks`, `bridged`: to leave one of these out
 * again asks for another machine, unless the machine was adopted.
 */
export function changesBetween(olds: InstanceState, news: InstanceInputs): Change[] {
  const changes: Change[] = [];
  const add = (property: keyof InstanceState, verdict: Verdict) => changes.push({ property, verdict });

  if (news.name !== olds.name) add("name", "replace");
  for (const property of ["image", "cloudInit", "networks"] as const) {
    if (!isDeepStrictEqual(meant(property, news), meant(property, olds)))
      add(property, madeOtherwise(property, olds, news));
  }
  if (news.zone !== undefined && news.zone !== olds.zone) add("zone", "replace");
  if (Boolean(news.bridged) !== Boolean(olds.bridged)) add("bridged", news.bridged ? "restart" : "replace");

  if (news.cpus !== undefined && news.cpus !== olds.cpus) add("cpus", "restart");
  for (const property of ["memory", "disk"] as const) {
    if (news[property] === undefined) continue;
    if (olds[property] === undefined || !sameSize(news[property], olds[property])) add(property, "restart");
  }
  if (hasUnknown(news.mounts)) add("mounts", "live");
  else if (news.mounts !== undefined && !sameMounts(news.mounts, olds.mounts ?? [])) {
    add("mounts", needsStop(news.mounts, olds.mounts ?? []) ? "restart" : "live");
  }
  const wanted = news.powerState ?? "running";
  if (!hasUnknown(wanted) && !isIn(wanted, olds.state)) add("state", "live");
  else if (news.powerState !== olds.powerState) add("powerState", "record");
  if (!olds.ready) add("ready", "live");
  for (const property of RECORDED) {
    if (!isDeepStrictEqual(news[property], olds[property])) add(property, "record");
  }
  return changes;
}

/** An argument as it is compared: an empty list is as good as none, and user-data counts by what the guest is given. */
function meant(property: "image" | "cloudInit" | "networks", { [property]: value }: InstanceInputs): unknown {
  if (property === "cloudInit" && typeof value === "string" && !isUnknown(value)) return meaningOf(value);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/**
 * What it costs that a machine was made in another way than is asked for. Of one that was taken over only the program says how it was made: what
 * was never said, or is said no more, is no reason to delete it.
 */
function madeOtherwise(
  property: "image" | "cloudInit" | "networks",
  olds: InstanceState,
  news: InstanceInputs,
): Verdict {
  const isNews = meant(property, olds) !== undefined && meant(property, news) !== undefined;
  return olds.adopted && !isNews ? "record" : "replace";
}

/** Mounts in the order of their targets do the same as in any other. */
export function sameMounts(a: readonly MountInput[], b: readonly MountInput[]): boolean {
  return isDeepStrictEqual(byTarget(a), byTarget(b));
}

function byTarget(mounts: readonly MountInput[]): MountInput[] {
  return mounts.map(withDefaults).sort((a, b) => (a.target < b.target ? -1 : 1));
}

function withDefaults({
  source,
  target,
  type = "classic",
  uidMappings,
  gidMappings,
}: MountInput): MountInput {
  return { source, target, type, ...(uidMappings && { uidMappings }), ...(gidMappings && { gidMappings }) };
}

/** Which mounts have to go and which to come. One that changed has to do both. */
export function mountSteps(
  wanted: readonly MountInput[],
  there: readonly MountInput[],
): { remove: MountInput[]; add: MountInput[] } {
  const same = (a: MountInput) => (b: MountInput) => isDeepStrictEqual(withDefaults(a), withDefaults(b));
  return {
    remove: there.filter((mount) => !wanted.some(same(mount))),
    add: wanted.filter((mount) => !there.some(same(mount))),
  };
}

/** Native mounts are made and removed only while the machine is stopped. */
function needsStop(wanted: readonly MountInput[], there: readonly MountInput[]): boolean {
  const { remove, add } = mountSteps(wanted, there);
  return [...remove, ...add].some((mount) => mount.type === "native");
}
