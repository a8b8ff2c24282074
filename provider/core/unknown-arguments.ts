import type { CheckFailure } from "./description.ts";
import { suggestion } from "./did-you-mean.ts";

/** A schema, reduced to what tells its keys. */
interface Shape {
  entries?: Readonly<Record<string, object>>;
  item?: object;
  wrapped?: object;
}

const NAMES = [
  "owner",
  "secrets",
  "logicalName",
  "nameSeed",
  "automaticName",
  "instanceDeclaresMounts",
] as const;
export type Internal = (typeof NAMES)[number];

/** Properties that the resource adds itself. No program sets them, and no message suggests them. */
export const INTERNAL: readonly string[] = NAMES;

/** All unknown keys and lists in place of objects. Valibot reports only the first of each object. */
export function unknownArguments(schema: object, value: unknown, path = ""): CheckFailure[] {
  const { entries, item } = unwrapped(schema);
  if (item && Array.isArray(value)) {
    return value.flatMap((part, index) => unknownArguments(item, part, `${path}[${index}]`));
  }
  if (!entries || typeof value !== "object" || value === null) return [];
  // Valibot accepts a list as an object; we do not.
  if (Array.isArray(value)) return [{ property: path, reason: "must be an object" }];
  return Object.entries(value).flatMap(([key, part]) => {
    const shape = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return shape
      ? unknownArguments(shape, part, below(path, key))
      : [unknownArgument(path, key, Object.keys(entries))];
  });
}

/** @param parent path of the key's object; empty for the arguments, whose names are never secret */
export function unknownArgument(parent: string, key: string, entries: readonly string[]): CheckFailure {
  const known = entries.filter((one) => !INTERNAL.includes(one));
  const property = below(parent, key);
  const meant = suggestion(key, known);
  const question = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
  if (parent === "") return { property, reason: `is not an argument${question}` };
  const takes = `${parent} takes ${known.join(", ")}`;
  return {
    property,
    reason: `is not an argument${question || `: ${takes}`}`,
    ifSecret: { property: parent, reason: `has a key that is not an argument: ${takes}` },
  };
}

export function below(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The leading keys of a path that are arguments. The rest belongs to a value, as a variable's name does. */
export function argumentsIn(
  schema: object,
  [key, ...rest]: readonly (string | number)[],
): (string | number)[] {
  const { entries, item } = unwrapped(schema);
  const next = typeof key === "number" ? item : entries?.[key ?? ""];
  return key === undefined || !next ? [] : [key, ...argumentsIn(next, rest)];
}

function unwrapped(schema: object): Shape {
  const shape: Shape = schema;
  return shape.wrapped ? unwrapped(shape.wrapped) : shape;
}
