import type { PackageSpec } from "../spec.ts";
import { ANY, block, type Dialect, pascal, quoted, Renderer } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const builder = (name: string, entries: [string, string][]) =>
  block(
    `${name}.builder()`,
    [...entries.map(([key, value]) => `.${key}(${value})`), ".build()"],
    "",
  ).trimEnd();

const DIALECT: Dialect = {
  literal: (value, shape) => (shape.is === "enum" ? `${shape.name}.${pascal(String(value))}` : quoted(value)),
  list: (items, shape) => (shape.is === "list" ? items.join(", ") : `List.of(${items.join(", ")})`),
  map: (entries) => `Map.of(${entries.map(([key, value]) => `${quoted(key)}, ${value}`).join(", ")})`,
  object: (entries, name) => builder(`${name}Args`, entries),
  resource: ({ variable, output }, shape) => {
    if (output !== undefined) return `${variable}.${output}()`;
    return shape.is === "machine" ? `${variable}.name()` : variable;
  },
  config: ({ key, method }) => `config.${method}(${quoted(key)})`,
};

export function java(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const lines = steps.map((step) => {
    if (step.kind === "export")
      return `ctx.export(${quoted(step.name)}, ${renderer.value(step.value, ANY)});`;
    if (step.kind === "call") {
      const args = builder(`${pascal(step.function)}Args`, renderer.args(step));
      return `final var ${step.variable} = MultipasslabFunctions.${step.function}(${args});`;
    }
    const args = [quoted(step.name), builder(`${step.type}Args`, renderer.args(step))];
    const options = renderer.options(step);
    if (options.length > 0)
      args.push(
        builder(
          "CustomResourceOptions",
          options.map(([name, items]) => [name, items.join(", ")]),
        ),
      );
    return `var ${step.variable} = new ${step.type}(${args.join(", ")});`;
  });
  const config = configOf(steps).length > 0 ? ["final var config = ctx.config();"] : [];
  const stack = block("public static void stack(Context ctx) {", [...config, ...lines], "}");
  const main = block("public static void main(String[] args) {", ["Pulumi.run(App::stack);"], "}");
  const imports = [
    "com.pulumi.Context",
    "com.pulumi.Pulumi",
    "com.pulumi.multipasslab.*",
    ...(stack.includes("CustomResourceOptions") ? ["com.pulumi.resources.CustomResourceOptions"] : []),
    ...(/\b(?:InstancePowerState|ClonePowerState)\b/.test(stack) ? ["com.pulumi.multipasslab.enums.*"] : []),
    ...(/\b\w+MountArgs\.builder\(\)/.test(stack.replaceAll(" MountArgs", ""))
      ? ["com.pulumi.multipasslab.inputs.*"]
      : []),
    ...(/\b(?:List|Map)\.of\(/.test(stack) ? ["java.util.*"] : []),
  ];
  return [
    ...imports.map((name) => `import ${name};`),
    "",
    block("public class App {", [main, "", stack], "}"),
    "",
  ].join("\n");
}
