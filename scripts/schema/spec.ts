/**
 * The parts of Pulumi's package schema that we need. See
 * https://www.pulumi.com/docs/iac/extending-pulumi/schema/.
 */
/** A type in Pulumi's schema. */
export interface TypeSpec {
  type?: string;
  $ref?: string;
  items?: TypeSpec;
  additionalProperties?: TypeSpec;
  oneOf?: TypeSpec[];
}

export interface PropertySpec extends TypeSpec {
  description?: string;
  default?: boolean | number | string;
  secret?: boolean;
}

export interface ObjectSpec {
  description?: string;
  type: "object";
  properties: Record<string, PropertySpec>;
  required: string[];
}

export interface EnumSpec {
  type: "string";
  enum: { value: string; description?: string }[];
}

export const PACKAGE = "multipass-lab";
export const token = (name: string) => `${PACKAGE}:index:${name}`;

export interface ResourceSpec {
  description?: string;
  properties: Record<string, PropertySpec>;
  required: string[];
  inputProperties: Record<string, PropertySpec>;
  requiredInputs: string[];
  aliases?: { type: string }[];
}

interface FunctionSpec {
  description?: string;
  inputs: ObjectSpec;
  outputs: ObjectSpec;
}

export interface PackageSpec {
  name: string;
  version: string;
  resources: Record<string, ResourceSpec>;
  functions: Record<string, FunctionSpec>;
  types: Record<string, ObjectSpec | EnumSpec>;
  /** Settings for the SDK of a single language. */
  language: Record<string, Record<string, unknown>>;
  [other: string]: unknown;
}
