import { isDeepStrictEqual } from "node:util";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import type { DiffResult, Properties } from "../../core/description.ts";

type Kind = provproto.PropertyDiff.Kind;
const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = provproto.PropertyDiff.Kind;

export interface PropertyChange {
  path: string;
  kind: Kind;
}

/**
 * Arguments to name in the display when something else has changed, such as the power state or a file's
 * content.
 */
const SHOWN_AS: Record<string, readonly string[]> = {
  state: ["powerState"],
  sourceHash: ["source", "directory"],
  sha256: ["content", "source", "directory"],
};

/** The paths of changed arguments. @param isArgument whether the resource has one of that name */
export function propertyChanges(
  olds: Properties,
  news: Properties,
  costs: DiffResult["costs"],
  isArgument: (name: string) => boolean,
): PropertyChange[] {
  const changes = new Map<string, PropertyChange>();
  for (const [property, cost] of Object.entries(costs)) {
    const candidates = isArgument(property) ? [property] : (SHOWN_AS[property] ?? []).filter(isArgument);
    const name =
      candidates.find((one) => news[one] !== undefined || olds[one] !== undefined) ?? candidates[0];
    if (name === undefined) continue;
    const [old, now] = [olds[name], news[name]];
    const found =
      cost === "replace"
        ? [{ path: name, kind: kindOf(old, now, [ADD_REPLACE, DELETE_REPLACE, UPDATE_REPLACE]) }]
        : changesIn(old, now, name);
    // Something can differ from the state although no argument has changed.
    const shown = found.length > 0 ? found : [{ path: name, kind: UPDATE }];
    for (const change of shown) changes.set(change.path, change);
  }
  return [...changes.values()];
}

function kindOf(old: unknown, now: unknown, [add, remove, update]: readonly [Kind, Kind, Kind]): Kind {
  if (old === undefined) return now === undefined ? update : add;
  return now === undefined ? remove : update;
}

function changesIn(old: unknown, now: unknown, path: string): PropertyChange[] {
  if (Array.isArray(old) && Array.isArray(now)) {
    return Array.from({ length: Math.max(old.length, now.length) }, (_, index) =>
      changesIn(old[index], now[index], `${path}[${index}]`),
    ).flat();
  }
  if (isPlainObject(old) && isPlainObject(now)) {
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) =>
      changesIn(old[key], now[key], below(path, key)),
    );
  }
  if (isDeepStrictEqual(old, now)) return [];
  return [{ path, kind: kindOf(old, now, [ADD, DELETE, UPDATE]) }];
}

const isPlainObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const below = (path: string, key: string) =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
