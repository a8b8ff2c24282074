import { statSync } from "node:fs";
import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { UnreadablePath, unreadable } from "../asset.ts";
import { guestPath, hostPath } from "../check.ts";
import { text } from "../common.ts";
import type { CheckFailure } from "../description.ts";
import type { HostInput } from "../host.ts";
import { isUnknown } from "../unknown.ts";

/** Targets that Multipass refuses. Source: `src/client/cli/cmd/mount.cpp`, `src/utils/utils.cpp`. */
const FORBIDDEN_TARGET = /^\/(?:(?:dev|proc|sys)(?:\/.*)?|home|home\/ubuntu)?$/;

const mapping = v.pipe(
  v.string(),
  v.regex(/^\d+:(?:\d+|default)$/, 'must be "HOST:INSTANCE", such as "1000:1000"'),
);

/** A mount, as an argument of `Instance` or as a resource of its own. */
export const mount = v.strictObject({
  source: text,
  target: v.pipe(
    text,
    v.check((target) => !target.includes(":"), "has a colon, which Multipass cannot handle"),
    v.check(
      (target) => !FORBIDDEN_TARGET.test(guestPath(target)),
      "is a folder that Multipass refuses to mount over; choose one below it",
    ),
  ),
  type: v.optional(v.picklist(["classic", "native"], 'must be "classic" or "native"')),
  uidMappings: v.optional(v.array(mapping)),
  gidMappings: v.optional(v.array(mapping)),
});

export type MountInput = v.InferOutput<typeof mount>;

/** The mount with absolute paths. @param host whose folder it is; default: this computer */
export function normalised<M extends MountInput>(mount: M, host?: HostInput): M {
  const { source, target } = mount;
  return {
    ...mount,
    source: isUnknown(source) ? source : host === undefined ? hostPath(source) : posix.normalize(source),
    target: isUnknown(target) ? target : guestPath(target),
  };
}

/**
 * Refuses a source that is not a folder of this computer, which Multipass would do only after the launch. Of
 * another host's folder only its form can be told.
 *
 * @param before mounts that exist already; a source that has gone since then is left to the next change
 */
export function missingSource(
  { source, target }: MountInput,
  before: readonly MountInput[],
  property: string,
  host?: HostInput,
): CheckFailure[] {
  if (isUnknown(source) || before.some((one) => one.source === source && one.target === target)) return [];
  if (host !== undefined) {
    const reason = "must be an absolute path on the host, such as /srv/data, since its Multipass reads it";
    return posix.isAbsolute(source) ? [] : [{ property, reason }];
  }
  try {
    if (!statSync(source).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    return [];
  } catch (error) {
    return [unreadable(property, new UnreadablePath("folder", source, error))];
  }
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

/** The mounts to remove and those to add. A changed mount is in both lists. */
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

/** What a change of mounts costs. Native ones need a stopped instance. The order does not count. */
export function mountsChange(
  wanted: readonly MountInput[],
  there: readonly MountInput[],
): "restart" | "live" | undefined {
  const { remove, add } = mountSteps(wanted, there);
  const steps = [...remove, ...add];
  if (steps.length === 0) return undefined;
  return steps.some(({ type }) => type === "native") ? "restart" : "live";
}
