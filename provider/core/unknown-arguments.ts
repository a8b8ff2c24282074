import type { CheckFailure } from "./check-failure.ts";
import { suggestion } from "./did-you-mean.ts";

/** A schema, as far as it tells which keys there are. */
interface Shape {
  entries?: Readonly<Record<string, object>>;
  item?: object;
  wrapped?: object;
}

const NAMES = ["owner", "secrets", "logicalName", "automaticName", "instanceDeclaresMounts"] as const;
export type Internal = (typeof NAMES)[number];

/** Properties that the resource adds itself. No program writes them, and no message suggests them. */
export const INTERNAL: readonly string[] = NAMES;

/** Every key, at any depth, that the schema does not know, and every list where it knows keys. A valibot schema itself reports only the first of each object. */
export function unknownArguments(schema: object, value: unknown, path = ""): CheckFailure[] {
  const { entries, item } = unwrapped(schema);
  if (item && Array.isArray(value)) {
    return value.flatMap((part, index) => unknownArguments(item, part, `${path}[${index}]`));
  }
  if (!entries || typeof value !== "object" || value === null) return [];
  // To valibot a list is an object, and to nobody else.
  if (Array.isArray(value)) return [{ property: path, reason: "must be an object" }];
  return Object.entries(value).flatMap(([key, part]) => {
    const shape = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return shape
      ? unknownArguments(shape, part, below(path, key))
      : [unknownArgument(path, key, Object.keys(entries))];
  });
}

/** @param parent path of the object that holds the key; empty for the arguments themselves, whose names are never secret */
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

/** The keys at the beginning of a path that are arguments. The rest is part of a value, as the name of an environment variable is. */
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
