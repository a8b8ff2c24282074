import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { type LaunchWay, flag as launchFlag, toggle } from "../../driver/launch-arguments.ts";
import { MIB, sameSize } from "../../driver/size.ts";
import type { ResolvedImage } from "../../images/image.ts";
import { guestPath, instanceName, size } from "../check.ts";
import { flag, isIn, type PowerState, positive, powerState, text, timeouts } from "../common.ts";
import { type Answers, schemaOf } from "../description.ts";
import { host, hostChange } from "../host.ts";
import type { TimelineRecord } from "../operation/timeline.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { meaningOf } from "../user-data/meaning.ts";
import { mount, needsStop, sameMounts } from "./mounts.ts";
import { network, networkFlags } from "./networks.ts";
import { readiness, remedies, retry } from "./waiting.ts";

/**
 * The cost of a change.
 * - `replace`: another instance takes its place
 * - `restart`: updated in place, while the instance is stopped
 * - `live`: updated in place, and nothing stops
 * - `record`: only the state changes
 */
export type Verdict = "replace" | "restart" | "live" | "record";

/** The facts about the instance, besides its arguments, that a comparison may use. */
export interface Seen {
  state: string;
  adopted?: boolean;
}

/** Every argument of an instance has to answer these questions. */
export interface InstanceAnswers<V> extends Answers<V, Verdict, Seen> {
  /**
   * The effect of removing the argument from the program.
   * - `keeps`: the instance keeps its value, and nothing changes
   * - `drops`: as if the argument had never been given
   */
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
  (asked: V, was: V, { adopted }: Seen): Verdict | undefined => {
    const [after, before] = [meaning(asked), meaning(was)];
    if (isDeepStrictEqual(after, before)) return undefined;
    return adopted && (after === undefined || before === undefined) ? "record" : "replace";
  };

const resized = (asked: string | undefined, was: string | undefined) =>
  asked !== undefined && was !== undefined && sameSize(asked, was) ? undefined : "restart";

/** For arguments that control this package, not the instance. */
const tellsHowToWork = {
  change: "record",
  leftOut: "drops",
  launch: "never",
  identity: "no",
  secret: "marked",
} as const;

/** For arguments that the resource adds itself. */
const internal = { ...tellsHowToWork, change: "never", secret: "public" } as const;

/** Every argument of an instance, in the order of the command line of a launch. */
export const INSTANCE = {
  name: argument(v.optional(instanceName), {
    change: "replace",
    leftOut: "keeps",
    launch: launchFlag("--name"),
    identity: "no",
    secret: "public",
  }),
  image: argument(
    v.optional(
      v.pipe(
        text,
        v.check((image) => !image.startsWith("-"), "begins with a hyphen"),
      ),
    ),
    {
      change: madeWith((image) => image),
      leftOut: "drops",
      launch: "operand",
      identity: "placed",
      secret: "marked",
    },
  ),
  cpus: argument(v.optional(positive), {
    change: "restart",
    leftOut: "keeps",
    launch: launchFlag("--cpus"),
    identity: "no",
    secret: "marked",
  }),
  memory: argument(v.optional(size(128 * MIB, "128M")), {
    change: resized,
    leftOut: "keeps",
    launch: launchFlag("--memory"),
    identity: "no",
    secret: "marked",
  }),
  disk: argument(v.optional(size(512 * MIB, "512M")), {
    change: resized,
    leftOut: "keeps",
    launch: launchFlag("--disk"),
    identity: "no",
    secret: "marked",
  }),
  // `check` turns an object or an asset into a string, unless a part of it is still unknown.
  cloudInit: argument(v.optional(v.custom<string>(() => true)), {
    change: madeWith((userData) => (hasUnknown(userData) ? userData : meaningOf(userData))),
    leftOut: "drops",
    // On stdin, because a snap's client can read neither /tmp nor hidden folders (canonical/multipass#3693).
    launch: { stdin: ["--cloud-init", "-"] },
    identity: "placed",
    secret: "userData",
  }),
  networks: argument(v.optional(v.array(network, "must be a list")), {
    change: madeWith((networks) => (networks?.length === 0 ? undefined : networks)),
    leftOut: "drops",
    launch: networkFlags,
    identity: "placed",
    secret: "marked",
  }),
  bridged: argument(v.optional(flag), {
    change: (asked, was) => (Boolean(asked) === Boolean(was) ? undefined : asked ? "restart" : "replace"),
    leftOut: "drops",
    launch: toggle("--bridged"),
    identity: "placed",
    secret: "marked",
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
      change(asked = [], was = []) {
        if (hasUnknown(asked)) return "live";
        if (sameMounts(asked, was)) return undefined;
        return needsStop(asked, was) ? "restart" : "live";
      },
      leftOut: "keeps",
      launch: "later",
      identity: "no",
      secret: "marked",
    },
  ),
  zone: argument(v.optional(text), {
    change: "replace",
    leftOut: "keeps",
    launch: launchFlag("--zone"),
    identity: "placed",
    secret: "marked",
  }),
  powerState: argument(v.optional(powerState), {
    // If the instance is in another state, `changesBetween` reports a change of `state` instead.
    change: (asked, was, { state }) =>
      asked !== was && !wantsOtherState(asked, state) ? "record" : undefined,
    leftOut: "drops",
    launch: "later",
    identity: "no",
    secret: "marked",
  }),
  adopt: argument(v.optional(flag), tellsHowToWork),
  allowRestart: argument(v.optional(flag), tellsHowToWork),
  deletionPolicy: argument(
    v.optional(v.picklist(["purge", "keep"], 'must be "purge" or "keep"')),
    tellsHowToWork,
  ),
  readiness: argument(v.optional(readiness), tellsHowToWork),
  remedies: argument(v.optional(remedies), tellsHowToWork),
  retry: argument(v.optional(retry), tellsHowToWork),
  timeouts: argument(v.optional(timeouts), tellsHowToWork),
  multipassPath: argument(v.optional(text), tellsHowToWork),
  host: argument(v.optional(host), {
    change: hostChange,
    leftOut: "drops",
    launch: "never",
    identity: "no",
    secret: "public",
  }),
  /** The resource's URN. */
  owner: argument(v.string(), { ...internal, leftOut: "keeps" }),
  /** The names of the arguments that the program has marked as secrets. */
  secrets: argument(v.optional(v.array(v.string())), { ...internal, leftOut: "keeps" }),
  /** Pulumi's logical name; the prefix of an automatic name. */
  logicalName: argument(v.optional(v.string()), { ...internal, leftOut: "keeps" }),
  nameSeed: argument(v.optional(v.string()), { ...internal, leftOut: "keeps" }),
  /** Whether this package chose the name, so that a replacement can have another. */
  automaticName: argument(v.optional(v.boolean()), internal),
};

/** Whether the instance has to change its power state. */
export function wantsOtherState(asked: PowerState | undefined, state: string): boolean {
  return !isUnknown(asked) && !isIn(asked ?? "running", state);
}

export const instanceSchema = schemaOf(INSTANCE);

/** The arguments as `check` returns them: complete and valid. */
export interface InstanceInputs extends v.InferOutput<typeof instanceSchema> {
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
  /** The image that was launched by URL, because the daemon had no list to look the alias up in. */
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
  /** How the create spent its time. */
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
