/**
 * Property values in their transport form: JSON, in which objects with a signature key represent what JSON
 * lacks. The engine uses this form internally too, so it never has to translate.
 */
import { isDeepStrictEqual } from "node:util";
import structpb from "google-protobuf/google/protobuf/struct_pb.js";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Props = Record<string, Value>;

export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Struct = structpb.Struct;

export const fromStruct = (struct: Struct | undefined): Props => (struct?.toJavaScript() ?? {}) as Props;

export const toStruct = (props: Props): Struct =>
  structpb.Struct.fromJavaScript(props as Parameters<typeof structpb.Struct.fromJavaScript>[0]);

export const isObject = (value: Value | undefined): value is Props =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isSecret = (value: Value | undefined): boolean => isObject(value) && value[SIGNATURE] === SECRET;

export const secret = (value: Value): Value => (isSecret(value) ? value : { [SIGNATURE]: SECRET, value });

/** Maps every part of a value, innermost first. */
export function transform(value: Value, change: (value: Value) => Value): Value {
  if (Array.isArray(value)) return change(value.map((item) => transform(item, change)));
  if (isObject(value)) return change(transformProps(value, change));
  return change(value);
}

export const transformProps = (props: Props, change: (value: Value) => Value): Props =>
  Object.fromEntries(Object.entries(props).map(([key, value]) => [key, transform(value, change)]));

/** Unwraps all secrets in a value, at any depth. */
export const reveal = (value: Value): Value =>
  transform(value, (part) => (isSecret(part) ? ((part as Props)["value"] ?? null) : part));

export const revealProps = (props: Props): Props => reveal(props) as Props;

/** The plain values and ids for a provider that accepts neither secrets nor resource references. */
export const forProvider = (props: Props): Props =>
  transformProps(revealProps(props), (part) => {
    if (!isObject(part) || part[SIGNATURE] !== RESOURCE_REFERENCE) return part;
    if (part["id"] === undefined) return part["urn"] ?? null;
    return part["id"] === "" ? UNKNOWN : part["id"];
  });

function some(value: Value, test: (value: Value) => boolean): boolean {
  let found = false;
  transform(value, (part) => {
    found ||= test(part);
    return part;
  });
  return found;
}

export const containsSecret = (value: Value): boolean => some(value, isSecret);
export const containsUnknown = (value: Value): boolean => some(value, (part) => part === UNKNOWN);

/**
 * Restores the secrets in the answer of a provider that takes plain values: inputs that were secret are so
 * again.
 */
export function restoreSecrets(outs: Props, ins: Props): Props {
  const result = { ...outs };
  for (const [key, before] of Object.entries(ins)) {
    const after = result[key];
    if (after === undefined) continue;
    if (isObject(after) && isObject(before) && !isSecret(after) && !isSecret(before)) {
      result[key] = restoreSecrets(after, before);
    } else if (containsSecret(before)) {
      result[key] = secret(after);
    }
  }
  return result;
}

/** The keys with different values, regardless of secretness. */
export function changedKeys(a: Props, b: Props): string[] {
  const left = revealProps(a);
  const right = revealProps(b);
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => !isDeepStrictEqual(left[key], right[key]),
  );
}

export const sameProps = (a: Props, b: Props): boolean => changedKeys(a, b).length === 0;

/** `inputs` with the values of `old` at the given property paths (`a.b[0]`), for the option `ignoreChanges`. */
export function ignoreChanges(inputs: Props, old: Props, paths: string[]): Props {
  const result = structuredClone(inputs);
  for (const path of paths) {
    const keys = path.split(/[.[\]"]+/u).filter((key) => key !== "");
    const last = keys.pop();
    if (last === undefined) continue;
    const target = descend(result, keys);
    const source = descend(old, keys);
    if (target === undefined || source === undefined) continue;
    const value = source[last];
    if (value === undefined) delete target[last];
    else target[last] = structuredClone(value);
  }
  return result;
}

const descend = (props: Props, keys: string[]): Props | undefined =>
  keys.reduce<Props | undefined>((at, key) => at?.[key] as Props | undefined, props);

/** Plain values. Those not yet known in a preview are omitted. */
export const knownProps = (outputs: Props): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([, value]) => !containsUnknown(value))
      .map(([key, value]) => [key, reveal(value)]),
  );
