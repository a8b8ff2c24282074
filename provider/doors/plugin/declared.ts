import schema from "./schema.json" with { type: "json" };

interface Declaration {
  properties: Record<string, object>;
  required: string[];
  inputProperties: Record<string, unknown>;
}

const { name: PACKAGE, version, resources } = schema;

export { PACKAGE, version };

export const schemaText = (): string => JSON.stringify(schema);

/** What the schema declares for a resource, as far as the plugin needs it. */
export interface Declared {
  inputs: ReadonlySet<string>;
  /** Names of the outputs; every argument is one of them. */
  outputs: ReadonlySet<string>;
  /** Outputs that are always present. */
  required: ReadonlySet<string>;
  /** Outputs that are always secret, whatever the arguments. */
  secrets: readonly string[];
}

/** The name of a resource or function in a type token, such as `multipass-lab:index:Instance`. */
export function nameIn(token: string): string {
  return token.split(":").at(-1) ?? token;
}

export function declared(name: string): Declared | undefined {
  const all: Record<string, Declaration> = resources;
  const found = all[`${PACKAGE}:index:${name}`];
  if (!found) return undefined;
  const { properties, inputProperties, required } = found;
  return {
    inputs: new Set(Object.keys(inputProperties)),
    outputs: new Set(Object.keys(properties)),
    required: new Set(required),
    secrets: Object.entries(properties).flatMap(([property, spec]) => ("secret" in spec ? [property] : [])),
  };
}
