import { type ObjectSpec, type PackageSpec, type PropertySpec, type TypeSpec, token } from "../spec.ts";
import type { Step, Value, ValueMap } from "./program.ts";

/** The expected type of a value, which statically typed languages need. */
export type Shape =
  | { is: "plain" | "any" | "machine" }
  | { is: "enum"; name: string }
  | { is: "object"; name: string; properties: Record<string, PropertySpec> }
  | { is: "list" | "map"; of: Shape };

export const ANY: Shape = { is: "any" };

function shapeOf(schema: PackageSpec, spec: TypeSpec | undefined): Shape {
  if (spec?.oneOf?.some(({ $ref }) => $ref?.startsWith("#/resources/"))) return { is: "machine" };
  if (spec?.type === "array") return { is: "list", of: shapeOf(schema, spec.items) };
  if (spec?.additionalProperties) return { is: "map", of: shapeOf(schema, spec.additionalProperties) };
  const [, , name = ""] = spec?.$ref?.split(":") ?? [];
  const named = schema.types[token(name)];
  if (named) {
    return "enum" in named ? { is: "enum", name } : { is: "object", name, properties: named.properties };
  }
  return spec?.$ref === "pulumi.json#/Any" ? ANY : { is: "plain" };
}

/** How a language writes values. */
export interface Dialect {
  literal: (value: string | number | boolean, shape: Shape) => string;
  list: (items: string[], shape: Shape) => string;
  /** A map with arbitrary keys. */
  map: (entries: [string, string][], shape: Shape) => string;
  /** An object of a named type. */
  object: (entries: [string, string][], name: string) => string;
  /** A resource, or one of its outputs. */
  resource: (value: Extract<Value, { kind: "resource" }>, shape: Shape) => string;
  config: (value: Extract<Value, { kind: "config" }>, shape: Shape) => string;
  /** Wraps a complete value of arbitrary type. */
  any?: (text: string) => string;
}

export class Renderer {
  readonly #schema: PackageSpec;
  readonly #dialect: Dialect;

  constructor(schema: PackageSpec, dialect: Dialect) {
    this.#schema = schema;
    this.#dialect = dialect;
  }

  /** The arguments of a resource or function, by name. */
  args(step: Exclude<Step, { kind: "export" }>): [string, string][] {
    const properties =
      step.kind === "call"
        ? this.#schema.functions[token(step.function)]?.inputs.properties
        : this.#schema.resources[token(step.type)]?.inputProperties;
    return this.#fields(step.args, properties ?? {});
  }

  /** The options of a resource, by name; each is a list. */
  options({ options }: Extract<Step, { kind: "create" }>): [string, string[]][] {
    return options.map(([name, values]) => [name, values.map((value) => this.value(value, ANY))]);
  }

  #fields(given: ValueMap, properties: ObjectSpec["properties"]): [string, string][] {
    return given.entries.map(([key, value]) => {
      if (!properties[key]) throw new Error(`an example has the unknown argument ${key}`);
      return [key, this.#whole(value, shapeOf(this.#schema, properties[key]))];
    });
  }

  #whole(value: Value, shape: Shape): string {
    const text = this.value(value, shape);
    return shape.is === "any" && this.#dialect.any ? this.#dialect.any(text) : text;
  }

  value(value: Value, shape: Shape): string {
    switch (value.kind) {
      case "literal":
        return this.#dialect.literal(value.value, shape);
      case "list": {
        const of = shape.is === "list" ? shape.of : ANY;
        const render = shape.is === "list" ? this.#whole.bind(this) : this.value.bind(this);
        return this.#dialect.list(
          value.items.map((item) => render(item, of)),
          shape,
        );
      }
      case "map": {
        if (shape.is === "object")
          return this.#dialect.object(this.#fields(value, shape.properties), shape.name);
        const of = shape.is === "map" ? shape.of : ANY;
        return this.#dialect.map(
          value.entries.map(([key, part]) => [key, this.value(part, of)]),
          shape,
        );
      }
      case "resource":
        return this.#dialect.resource(value, shape);
      case "config":
        return this.#dialect.config(value, shape);
    }
  }
}

export const quoted = (value: string | number | boolean) => JSON.stringify(value);
export const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
export const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Lines between an opening and a closing line, or both on one line if there is nothing between them. */
export function block(open: string, lines: readonly string[], close: string): string {
  if (lines.length === 0) return open + close;
  return [open, ...lines.map((line) => line.replace(/^(?=.)/gm, "    ")), close].join("\n");
}

/** A block with a line for each part. */
export function blockOf<T>(open: string, close: string, parts: readonly T[], write: (part: T) => string) {
  return block(open, parts.map(write), close);
}
