import { stringify } from "yaml";
import { PACKAGE } from "../spec.ts";
import { configOf, type Step, type Value } from "./program.ts";

function plain(value: Value): unknown {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "list":
      return value.items.map(plain);
    case "map":
      return Object.fromEntries(value.entries.map(([key, part]) => [key, plain(part)]));
    case "resource":
      return `\${${value.variable}${value.output === undefined ? "" : `.${value.output}`}}`;
    case "config":
      return `\${${value.key}}`;
  }
}

function resource({ type, name, variable, args, options }: Extract<Step, { kind: "create" }>) {
  return {
    type: `${PACKAGE}:${type}`,
    ...(name !== variable && { name }),
    ...(args.entries.length > 0 && { properties: plain(args) }),
    ...(options.length > 0 && {
      options: Object.fromEntries(options.map(([key, values]) => [key, values.map(plain)])),
    }),
  };
}

export function yaml(steps: readonly Step[]): string {
  const config: Record<string, object> = {};
  const variables: Record<string, object> = {};
  const resources: Record<string, object> = {};
  const outputs: Record<string, unknown> = {};
  for (const { key, method } of configOf(steps))
    config[key] = {
      type: "string",
      ...(method === "requireSecret" && { secret: true }),
      ...(method === "get" && { default: "" }),
    };
  for (const step of steps) {
    if (step.kind === "create") resources[step.variable] = resource(step);
    else if (step.kind === "export") outputs[step.name] = plain(step.value);
    else {
      const call = { function: `${PACKAGE}:${step.function}`, arguments: plain(step.args) };
      variables[step.variable] = { "fn::invoke": call };
    }
  }
  const sections = Object.entries({ config, variables, resources, outputs });
  return stringify(Object.fromEntries(sections.filter(([, all]) => Object.keys(all).length > 0)));
}
