import { type PackageSpec, token } from "../spec.ts";
import { ANY, block, type Dialect, quoted, Renderer, snake } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const dictionary = (entries: [string, string][]) =>
  block(
    "{",
    entries.map(([key, value]) => `${quoted(key)}: ${value},`),
    "}",
  );

const DIALECT: Dialect = {
  literal: (value) => (typeof value === "boolean" ? (value ? "True" : "False") : quoted(value)),
  list: (items) => `[${items.join(", ")}]`,
  map: dictionary,
  object: (entries) => dictionary(entries.map(([key, value]) => [snake(key), value])),
  resource: ({ variable, output }) =>
    output === undefined ? snake(variable) : `${snake(variable)}.${snake(output)}`,
  config: ({ key, secret, required }) =>
    `config.${required ? "require" : "get"}${secret ? "_secret" : ""}(${quoted(key)})`,
};

export function python(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const keywords = (entries: [string, string][]) => entries.map(([key, value]) => `${snake(key)}=${value},`);
  const lines = steps.map((step) => {
    if (step.kind === "export")
      return `pulumi.export(${quoted(step.name)}, ${renderer.value(step.value, ANY)})`;
    if (step.kind === "call") {
      const { properties } = schema.functions[token(step.function)]?.inputs ?? { properties: {} };
      const args = keywords(renderer.args(step.args, properties));
      return block(`${snake(step.variable)} = multipass.${snake(step.function)}(`, args, ")");
    }
    const options: [string, string][] = [];
    if (step.dependsOn.length > 0)
      options.push(["dependsOn", `[${step.dependsOn.map((one) => renderer.value(one, ANY)).join(", ")}]`]);
    if (step.secretOutputs.length > 0)
      options.push(["additionalSecretOutputs", `[${step.secretOutputs.map(quoted).join(", ")}]`]);
    const properties = schema.resources[token(step.type)]?.inputProperties ?? {};
    const args = [
      `${quoted(step.name)},`,
      ...keywords(renderer.args(step.args, properties)),
      ...(options.length > 0 ? [block("opts=pulumi.ResourceOptions(", keywords(options), "),")] : []),
    ];
    const variable = snake(step.variable);
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
