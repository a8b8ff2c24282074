import { type PackageSpec, token } from "../spec.ts";
import { ANY, block, type Dialect, quoted, Renderer } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const object = (entries: [string, string][]) =>
  block(
    "{",
    entries.map(([key, value]) => `${/^\w+$/.test(key) ? key : quoted(key)}: ${value},`),
    "}",
  );

const DIALECT: Dialect = {
  literal: quoted,
  list: (items) => `[${items.join(", ")}]`,
  map: object,
  object,
  resource: ({ variable, output }) => (output === undefined ? variable : `${variable}.${output}`),
  config: ({ key, secret, required }) =>
    `config.${required ? "require" : "get"}${secret ? "Secret" : ""}(${quoted(key)})`,
};

export function typescript(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const lines = steps.map((step) => {
    if (step.kind === "export") return `export const ${step.name} = ${renderer.value(step.value, ANY)};`;
    if (step.kind === "call") {
      const { properties } = schema.functions[token(step.function)]?.inputs ?? { properties: {} };
      const args = object(renderer.args(step.args, properties));
      return `const ${step.variable} = await multipass.${step.function}(${args});`;
    }
    const properties = schema.resources[token(step.type)]?.inputProperties ?? {};
    const args = [quoted(step.name), object(renderer.args(step.args, properties))];
    const options: [string, string][] = [];
    if (step.dependsOn.length > 0)
      options.push(["dependsOn", `[${step.dependsOn.map((one) => renderer.value(one, ANY)).join(", ")}]`]);
    if (step.secretOutputs.length > 0)
      options.push(["additionalSecretOutputs", quoted(step.secretOutputs as never)]);
    if (options.length > 0) args.push(object(options));
    return `const ${step.variable} = new multipass.${step.type}(${args.join(", ").replace(", {}", "")});`;
  });
  const config = configOf(steps).length > 0;
  return [
    ...(config ? ['import * as pulumi from "@pulumi/pulumi";'] : []),
    'import * as multipass from "pulumi-multipass-lab";',
    "",
    ...(config ? ["const config = new pulumi.Config();"] : []),
    ...lines,
    "",
  ].join("\n");
}
