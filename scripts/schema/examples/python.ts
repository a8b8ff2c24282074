import type { PackageSpec } from "../spec.ts";
import { ANY, block, blockOf, type Dialect, quoted, Renderer, snake } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const dictionary = (entries: [string, string][]) =>
  blockOf("{", "}", entries, ([key, value]) => `${quoted(key)}: ${value},`);

const DIALECT: Dialect = {
  literal: (value) => (typeof value === "boolean" ? (value ? "True" : "False") : quoted(value)),
  list: (items) => `[${items.join(", ")}]`,
  map: dictionary,
  object: (entries) => dictionary(entries.map(([key, value]) => [snake(key), value])),
  resource: ({ variable, output }) =>
    output === undefined ? snake(variable) : `${snake(variable)}.${snake(output)}`,
  config: ({ key, method }) => `config.${snake(method)}(${quoted(key)})`,
};

export function python(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const keywords = (entries: [string, string][]) => entries.map(([key, value]) => `${snake(key)}=${value},`);
  const lines = steps.map((step) => {
    if (step.kind === "export")
      return `pulumi.export(${quoted(step.name)}, ${renderer.value(step.value, ANY)})`;
    const variable = snake(step.variable);
    const given = keywords(renderer.args(step));
    if (step.kind === "call") return block(`${variable} = multipass.${snake(step.function)}(`, given, ")");
    const options = keywords(renderer.options(step).map(([name, items]) => [name, `[${items.join(", ")}]`]));
    const args = [
      `${quoted(step.name)},`,
      ...given,
      ...(options.length > 0 ? [block("opts=pulumi.ResourceOptions(", options, "),")] : []),
    ];
    if (args.length === 1) return `${variable} = multipass.${step.type}(${quoted(step.name)})`;
    return block(`${variable} = multipass.${step.type}(`, args, ")");
  });
  const config = configOf(steps).length > 0;
  return [
    ...(config || /\bpulumi\./.test(lines.join("\n")) ? ["import pulumi"] : []),
    "import pulumi_multipass_lab as multipass",
    "",
    ...(config ? ["config = pulumi.Config()"] : []),
    ...lines,
    "",
  ].join("\n");
}
