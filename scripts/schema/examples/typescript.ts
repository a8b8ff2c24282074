import type { PackageSpec } from "../spec.ts";
import { ANY, blockOf, type Dialect, quoted, Renderer } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const object = (entries: [string, string][]) =>
  blockOf("{", "}", entries, ([key, value]) => `${/^\w+$/.test(key) ? key : quoted(key)}: ${value},`);

const DIALECT: Dialect = {
  literal: quoted,
  list: (items) => `[${items.join(", ")}]`,
  map: object,
  object,
  resource: ({ variable, output }) => (output === undefined ? variable : `${variable}.${output}`),
  config: ({ key, method }) => `config.${method}(${quoted(key)})`,
};

export function typescript(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const lines = steps.map((step) => {
    if (step.kind === "export") return `export const ${step.name} = ${renderer.value(step.value, ANY)};`;
    const given = object(renderer.args(step));
    if (step.kind === "call") return `const ${step.variable} = await multipass.${step.function}(${given});`;
    const args = [quoted(step.name), given];
    const options = renderer.options(step);
    if (options.length > 0)
      args.push(object(options.map(([name, items]) => [name, `[${items.join(", ")}]`])));
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
