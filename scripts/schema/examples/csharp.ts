import type { PackageSpec } from "../spec.ts";
import { ANY, block, blockOf, type Dialect, pascal, quoted, Renderer } from "./dialect.ts";
import { configOf, type Step } from "./program.ts";

const fields = (open: string, entries: [string, string][]) =>
  blockOf(`${open}\n{`, "}", entries, ([key, value]) => `${pascal(key)} = ${value},`.replace("= \n", "=\n"));

const dictionary = (entries: [string, string][]) =>
  blockOf(
    "new Dictionary<string, object?>\n{",
    "}",
    entries,
    ([key, value]) => `[${quoted(key)}] = ${value},`,
  );

const DIALECT: Dialect = {
  literal: (value, shape) =>
    shape.is === "enum" ? `MultipassLab.${shape.name}.${pascal(String(value))}` : quoted(value),
  list: (items, shape) => {
    const isPlain = shape.is === "list" && shape.of.is !== "any";
    return isPlain
      ? blockOf("new[]\n{", "}", items, (item) => `${item},`)
      : `new object[] { ${items.join(", ")} }`;
  },
  map: (entries, shape) =>
    shape.is === "map"
      ? blockOf("\n{", "}", entries, ([key, value]) => `{ ${quoted(key)}, ${value} },`)
      : dictionary(entries),
  object: (entries, name) => fields(`new MultipassLab.Inputs.${name}Args`, entries),
  resource: ({ variable, output }, shape) => {
    if (output !== undefined) return `${variable}.${pascal(output)}`;
    return shape.is === "machine" ? `${variable}.Name` : variable;
  },
  config: ({ key, method }) => `config.${pascal(method)}(${quoted(key)})`,
};

export function csharp(steps: readonly Step[], schema: PackageSpec): string {
  const renderer = new Renderer(schema, DIALECT);
  const exports: [string, string][] = [];
  const lines = steps.flatMap((step) => {
    if (step.kind === "export") {
      exports.push([step.name, renderer.value(step.value, ANY)]);
      return [];
    }
    const given = fields("new()", renderer.args(step));
    if (step.kind === "call")
      return [`var ${step.variable} = MultipassLab.${pascal(step.function)}.Invoke(${given});`];
    const args = [quoted(step.name), given];
    const options = renderer.options(step);
    if (options.length > 0)
      args.push(
        fields(
          "new CustomResourceOptions",
          options.map(([name, items]) => [name, `{ ${items.join(", ")} }`]),
        ),
      );
    return [
      `var ${step.variable} = new MultipassLab.${step.type}(${args.join(", ")});`.replace(", new()\n{}", ""),
    ];
  });
  const config = configOf(steps).length > 0 ? ["var config = new Config();"] : [];
  const outputs = exports.length > 0 ? [`return ${dictionary(exports)};`] : [];
  const run = block("return await Deployment.RunAsync(() =>\n{", [...config, ...lines, ...outputs], "});");
  return `using System.Collections.Generic;\nusing Pulumi;\nusing MultipassLab = Pulumi.MultipassLab;\n\n${run}\n`;
}
