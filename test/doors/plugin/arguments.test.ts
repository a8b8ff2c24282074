import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import { DESCRIPTIONS } from "../../../provider/core/descriptions.ts";
import { INTERNAL } from "../../../provider/core/unknown-arguments.ts";
import { type PackageSpec, type TypeSpec, token } from "../../../scripts/schema/spec.ts";
import { repository } from "../../docs/blocks.ts";

const schema = JSON.parse(
  readFileSync(join(repository, "provider/doors/plugin/schema.json"), "utf8"),
) as PackageSpec;

/** A validator, as far as it says what a value looks like. */
type Validator = v.GenericSchema & {
  wrapped?: Validator;
  entries?: Record<string, Validator>;
  item?: Validator;
  value?: Validator;
  options?: unknown[];
  pipe?: Step[];
};

/** One check of a validator, or a validator with checks of its own. */
interface Step {
  type: string;
  pipe?: Step[];
}

const isWhole = ({ pipe = [] }: { pipe?: Step[] }): boolean =>
  pipe.some((step) => step.type === "integer" || (step.pipe?.[0] !== step && isWhole(step)));

const isOptional = ({ type }: Validator) => type === "optional";
const bare = (validator: Validator): Validator => (validator.wrapped ? bare(validator.wrapped) : validator);

/** What the validator says of a value, in the words of the schema. Types without a name of their own are told by what is in them. */
function said(validator: Validator): unknown {
  const { type, entries, item, value, options } = bare(validator);
  switch (type) {
    case "strict_object":
      return objectOf(
        Object.entries(entries ?? {}).map(([name, one]) => [name, said(one), !isOptional(one)]),
      );
    case "array":
      return { list: said(item as Validator) };
    case "record":
      return { map: said(value as Validator) };
    case "picklist":
      return { oneOf: options };
    case "number":
      return isWhole(bare(validator)) ? "integer" : "number";
    case "string":
    case "boolean":
      return type;
    default:
      return "any";
  }
}

function declared(spec: TypeSpec): unknown {
  const { type, $ref, items, additionalProperties, oneOf } = spec;
  if (items) return { list: declared(items) };
  if (additionalProperties) return { map: declared(additionalProperties) };
  // Of what stands beside a machine's name, Pulumi makes the name.
  if (oneOf) return oneOf.some((one) => one.$ref?.startsWith("#/resources/")) ? "string" : "any";
  const named = schema.types[$ref?.replace("#/types/", "") ?? ""];
  if (!named) return type ?? "any";
  if ("enum" in named) return { oneOf: named.enum.map(({ value }) => value) };
  return objectOf(
    Object.entries(named.properties).map(([name, one]) => [
      name,
      declared(one),
      named.required.includes(name),
    ]),
  );
}

const objectOf = (properties: [name: string, type: unknown, required: boolean][]) =>
  Object.fromEntries(
    properties
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, type, required]) => [name, { type, required }]),
  );

describe("the schema of the plugin", () => {
  it("has every resource", () => {
    assert.deepEqual(Object.keys(schema.resources).sort(), Object.keys(DESCRIPTIONS).map(token).sort());
  });

  for (const [name, description] of Object.entries(DESCRIPTIONS)) {
    it(`declares the arguments of ${name} as they are validated`, () => {
      const spec = schema.resources[token(name)];
      assert.ok(spec);
      const validated = Object.entries<{ schema: v.GenericSchema }>(description)
        .filter(([argument]) => !INTERNAL.includes(argument))
        .map(([argument, one]): [string, unknown, boolean] => {
          const validator = one.schema as Validator;
          return [argument, said(validator), !isOptional(validator)];
        });
      const documented = Object.entries(spec.inputProperties).map(
        ([argument, one]): [string, unknown, boolean] => [
          argument,
          declared(one),
          spec.requiredInputs.includes(argument),
        ],
      );
      assert.deepEqual(objectOf(documented), objectOf(validated));
    });
  }
});
