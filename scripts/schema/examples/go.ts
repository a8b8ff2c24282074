import { type PackageSpec, token } from "../spec.ts";
import { ANY, block, blockOf, type Dialect, pascal, quoted, Renderer, type Shape } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

/** The wrappers with which Go's SDK turns plain values into inputs. */
const INPUTS = { string: "String", number: "Int", boolean: "Bool" } as const;

/** The Go type of a list or map with values of a shape. */
function container(of: Shape, suffix: "Array" | "Map"): string {
  if (of.is === "object") return `multipasslab.${of.name}${suffix}`;
  return of.is === "any" ? `pulumi.${suffix}` : `pulumi.String${suffix}`;
}

const DIALECT: Dialect = {
  literal: (value, shape) => {
    if (shape.is === "enum") return `multipasslab.${shape.name}${pascal(String(value))}`;
    const input = INPUTS[typeof value as keyof typeof INPUTS];
    return shape.is === "any" ? quoted(value) : `pulumi.${input}(${quoted(value)})`;
  },
  list: (items, shape) => {
    const type = shape.is === "list" ? container(shape.of, "Array") : "[]interface{}";
    return blockOf(`${type}{`, "}", items, (item) => `${item},`);
  },
  map: (entries, shape) => {
    const type = shape.is === "map" ? container(shape.of, "Map") : "map[string]interface{}";
    return blockOf(`${type}{`, "}", entries, ([key, value]) => `${quoted(key)}: ${value},`);
  },
  object: (entries, name) => `&multipasslab.${name}Args${fields(entries)}`,
  resource: ({ variable, output }, shape) => {
    if (output !== undefined) return `${variable}.${pascal(output)}`;
    return shape.is === "machine" ? `${variable}.Name` : variable;
  },
  config: ({ key, method }, shape) => {
    const call = `cfg.${pascal(method)}(${quoted(key)})`;
    return method === "requireSecret" || shape.is === "any" ? call : `pulumi.String(${call})`;
  },
  any: (text) => `pulumi.Any(${text})`,
};

const fields = (entries: [string, string][]) =>
  blockOf("{", "}", entries, ([key, value]) => `${pascal(key)}: ${value},`);

export function go(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  let declared = false;
  const lines = steps.flatMap((step) => {
    if (step.kind === "export")
      return [`ctx.Export(${quoted(step.name)}, ${renderer.value(step.value, ANY)})`];
    // Go rejects unused variables.
    const mention = `{"kind":"resource","variable":"${step.variable}"`;
    const used = step.kind === "create" && JSON.stringify(steps).includes(mention);
    const left = `${used ? step.variable : "_"}, err ${used || !declared ? ":=" : "="}`;
    declared = true;
    return [
      `${left} ${step.kind === "call" ? called(step) : created(step)}`,
      block("if err != nil {", ["return err"], "}"),
    ];
  });
  const config = configOf(steps).length > 0;
  const imports = [
    `multipasslab "${importPath(schema)}"`,
    '"github.com/pulumi/pulumi/sdk/v3/go/pulumi"',
    ...(config ? ['"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"'] : []),
  ];
  const body = [...(config ? ['cfg := config.New(ctx, "")'] : []), ...lines, "return nil"];
  const run = block("pulumi.Run(func(ctx *pulumi.Context) error {", body, "})");
  const program = `package main\n\n${block("import (", imports, ")")}\n\n${block("func main() {", [run], "}")}\n`;
  return program.replace(/^(?: {4})+/gm, (indent) => "\t".repeat(indent.length / 4));

  function called(step: Extract<Step, { kind: "call" }>): string {
    const { properties = {}, required = [] } = schema.functions[token(step.function)]?.inputs ?? {};
    const entries = step.args.entries.map(([key, value]): [string, string] => {
      if (value.kind !== "literal" || !properties[key])
        throw new Error(`not for an example: ${key} of ${step.function}`);
      return [
        key,
        required.includes(key)
          ? quoted(value.value)
          : `pulumi.${typeof value.value === "boolean" ? "Bool" : "String"}Ref(${quoted(value.value)})`,
      ];
    });
    return `multipasslab.${pascal(step.function)}(ctx, &multipasslab.${pascal(step.function)}Args${fields(entries)})`;
  }

  function created(step: Extract<Step, { kind: "create" }>): string {
    const options = renderer.options(step).map(([name, items]) => {
      const type = name === "dependsOn" ? "pulumi.Resource" : "string";
      return `pulumi.${pascal(name)}([]${type}{${items.join(", ")}})`;
    });
    const given = `&multipasslab.${step.type}Args${fields(renderer.args(step))}`;
    const args = ["ctx", quoted(step.name), given, ...options];
    return `multipasslab.New${step.type}(${args.join(", ")})`;
  }
}

/** The Go import path of the SDK, from the schema or Pulumi's default. */
const importPath = ({ language }: PackageSpec): string =>
  (language["go"]?.["importBasePath"] as string | undefined) ??
  "example.com/pulumi-multipass-lab/sdk/go/multipasslab";
