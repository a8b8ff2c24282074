import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { type LaunchWay, flag as launchFlag, toggle } from "../../driver/launch-arguments.ts";
import { MIB, sameSize } from "../../driver/size.ts";
import type { ResolvedImage } from "../../images/image.ts";
import { guestPath, instanceName, size } from "../check.ts";
import {
  COMMON,
  deletionPolicy,
  flag,
  isIn,
  logicalName,
  nameSeed,
  type PowerState,
  positive,
  powerState,
  text,
} from "../common.ts";
import type { Answers, ArgumentsOf, Cost } from "../description.ts";
import { hostChange } from "../host.ts";
import type { TimelineRecord } from "../operation/timeline.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { meaningOf } from "../user-data/meaning.ts";
import { mount, mountsChange } from "./mounts.ts";
import { network, networkFlags } from "./networks.ts";
import { readiness, remedies, retry } from "./waiting.ts";

/** The facts about the instance, besides its arguments, that a comparison may use. */
export interface Seen {
  state: string;
  adopted?: boolean;
}

/** Every argument of an instance has to answer these questions. */
export interface InstanceAnswers<V> extends Answers<V, Seen> {
  change: Exclude<Answers<V, Seen>["change"], "update">;
  leftOut: "keeps" | "drops";
  launch: LaunchWay<V>;
  /**
   * Whether launches that differ in this argument make different instances.
   * - `placed`: yes. Version 0.1.0 hashed these by position, so no other argument may join them
   * - `named`: yes, hashed by name if it is given
   */
  identity: "placed" | "named" | "no";
}

function argument<S extends v.GenericSchema>(schema: S, answers: InstanceAnswers<v.InferOutput<S>>) {
  return { schema, ...answers };
}

/**
 * For arguments that only a launch can set: a change replaces the instance. Multipass does not report how an
 * adopted instance was launched. So adding or removing such an argument there changes only the state.
 */
const madeWith =
  <V>(meaning: (value: V) => unknown) =>
  (asked: V, was: V, { adopted }: Seen): Cost | undefined => {
    const [after, before] = [meaning(asked), meaning(was)];
    if (isDeepStrictEqual(after, before)) return undefined;
    return adopted && (after === undefined || before === undefined) ? "record" : "replace";
  };

const resized = (asked: string | undefined, was: string | undefined) =>
  asked !== undefined && was !== undefined && sameSize(asked, was) ? undefined : "restart";

/** For arguments that a launch uses to make the instance, and that nothing can change later. */
const makes = { leftOut: "drops", identity: "placed", secret: "marked" } as const;

/** For arguments that can be changed in an instance, which keeps its own value without them. */
const sets = { leftOut: "keeps", identity: "no", secret: "marked" } as const;

/** For arguments that control this package, not the instance. */
const tellsHowToWork = {
  change: "record",
  leftOut: "drops",
  launch: "never",
  identity: "no",
  secret: "marked",
} as const;

/** For arguments that the resource adds itself. */
const internal = { ...tellsHowToWork, change: "never", leftOut: "keeps", secret: "public" } as const;

/** Every argument of an instance, in the order of the command line of a launch. */
export const INSTANCE = {
  name: argument(v.optional(instanceName), {
    ...sets,
    change: "replace",
    launch: launchFlag("--name"),
    secret: "public",
  }),
  image: argument(
    v.optional(
      v.pipe(
        text,
        v.check((image) => !image.startsWith("-"), "begins with a hyphen"),
      ),
    ),
    { ...makes, change: madeWith((image) => image), launch: "operand" },
  ),
  cpus: argument(v.optional(positive), { ...sets, change: "restart", launch: launchFlag("--cpus") }),
  memory: argument(v.optional(size(128 * MIB)), { ...sets, change: resized, launch: launchFlag("--memory") }),
  disk: argument(v.optional(size(512 * MIB)), { ...sets, change: resized, launch: launchFlag("--disk") }),
  // `check` turns an object or an asset into a string, unless a part of it is still unknown.
  cloudInit: argument(v.optional(v.custom<string>(() => true)), {
    ...makes,
    change: madeWith((userData) => (hasUnknown(userData) ? userData : meaningOf(userData))),
    // On stdin, because a snap's client can read neither /tmp nor hidden folders (canonical/multipass#3693).
    launch: { stdin: ["--cloud-init", "-"] },
    secret: "userData",
  }),
  networks: argument(v.optional(v.array(network, "must be a list")), {
    ...makes,
    change: madeWith((networks) => (networks?.length === 0 ? undefined : networks)),
    launch: networkFlags,
  }),
  bridged: argument(v.optional(flag), {
    ...makes,
    change: (asked, was) => (Boolean(asked) === Boolean(was) ? undefined : asked ? "restart" : "replace"),
    launch: toggle("--bridged"),
  }),
  mounts: argument(
    v.optional(
      v.pipe(
        v.array(mount, "must be a list"),
        v.check(
          (mounts) => new Set(mounts.map(({ target }) => guestPath(target))).size === mounts.length,
          "has the same target twice",
        ),
      ),
    ),
    {
      ...sets,
      change: (asked = [], was = []) => (hasUnknown(asked) ? "live" : mountsChange(asked, was)),
      launch: "later",
    },
  ),
  zone: argument(v.optional(text), {
    ...makes,
    change: "replace",
    leftOut: "keeps",
    launch: launchFlag("--zone"),
  }),
  powerState: argument(v.optional(powerState), {
    ...tellsHowToWork,
    // If the instance is in another state, `changesBetween` reports a change of `state` instead.
    change: (asked, was, { state }) =>
      asked !== was && !wantsOtherState(asked, state) ? "record" : undefined,
    launch: "later",
  }),
  adopt: argument(v.optional(flag), tellsHowToWork),
  allowRestart: argument(v.optional(flag), tellsHowToWork),
  deletionPolicy: argument(deletionPolicy, tellsHowToWork),
  readiness: argument(v.optional(readiness), tellsHowToWork),
  remedies: argument(v.optional(remedies), tellsHowToWork),
  retry: argument(v.optional(retry), tellsHowToWork),
  timeouts: argument(COMMON.timeouts.schema, tellsHowToWork),
  multipassPath: argument(COMMON.multipassPath.schema, tellsHowToWork),
  host: argument(COMMON.host.schema, { ...tellsHowToWork, change: hostChange, secret: "public" }),
  owner: argument(COMMON.owner.schema, internal),
  secrets: argument(COMMON.secrets.schema, internal),
  logicalName: argument(logicalName.schema, internal),
  nameSeed: argument(nameSeed.schema, internal),
  /** Whether this package chose the name, so that a replacement can have another. */
  automaticName: argument(v.optional(v.boolean()), { ...internal, leftOut: "drops" }),
};

/** Whether the instance has to change its power state. */
export function wantsOtherState(asked: PowerState | undefined, state: string): boolean {
  return !isUnknown(asked) && !isIn(asked ?? "running", state);
}

/** The arguments as `check` returns them: complete and valid. */
export interface InstanceInputs extends ArgumentsOf<typeof INSTANCE> {
  name: string;
}

export const ARGUMENTS = Object.keys(INSTANCE) as (keyof InstanceInputs)[];

/** The answers of one argument, for code that goes through all of them. */
export function answersOf(name: keyof InstanceInputs): InstanceAnswers<unknown> {
  return INSTANCE[name];
}

/** The state of an instance: its arguments, and what was read from Multipass. */
export interface InstanceState extends InstanceInputs {
  state: string;
  ready: boolean;
  ipAddress: string;
  ipv4: string[];
  release: string;
  imageRelease: string;
  imageHash: string;
  snapshotCount: number;
  multipassVersion: string;
  /**
   * Whether an operation has seen an instance that is not ready. It is then ours even where this host's ledger
   * is missing. Earlier versions left it out: `wasSeen` tells for every state.
   */
  seen?: boolean;
  /** The image, if it was launched by URL because the daemon lacked an image list. */
  resolvedImage?: ResolvedImage;
  /**
   * A random id of the create that made the instance or resumed it.
   * A replacement can turn out to be the same instance; then only this id tells the two resources apart.
   */
  creation?: string;
  /** Whether the instance existed before and was adopted. Multipass does not report how it was created. */
  adopted?: boolean;
  /** For an imported instance, the record of another resource that the import has seen. */
  importedFrom?: string;
  /** Whether the instance is only read (`Instance.get`), and so is not managed by the program. */
  onlyRead?: boolean;
  /** The arguments that the program gave. The others were read from Multipass. */
  specified: (keyof InstanceInputs)[];
  timeline?: TimelineRecord;
  /** The sizes that the guest showed when it was ready. A later difference means drift. */
  observed?: { cpuCount: string; memoryTotal?: number; diskTotal?: string };
}

/** How the instance came into being. */
export interface Launched {
  /** `launched` now, `resumed` from an interrupted operation, or `adopted` at the user's request. */
  how: "launched" | "resumed" | "adopted";
  /** Whether Multipass itself reported the instance as running and initialised. */
  confirmed: boolean;
  /** The image, if it was launched by URL. */
  direct?: ResolvedImage | undefined;
}
