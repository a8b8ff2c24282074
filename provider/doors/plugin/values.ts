/** Structs of the protocol, and which of their values are secret. */
import structpb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../core/description.ts";
import { isObject, OUTPUT, SECRET, SIGNATURE, travellingProperties } from "../values.ts";

export function fromStruct(struct: structpb.Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

export function toStruct(properties: Properties): structpb.Struct {
  const travelling = travellingProperties(properties) as Record<string, structpb.JavaScriptValue>;
  return structpb.Struct.fromJavaScript(travelling);
}

function containsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  if (value[SIGNATURE] === SECRET || (value[SIGNATURE] === OUTPUT && value["secret"] === true)) return true;
  return Object.values(value).some(containsSecret);
}

/** The names of the properties that are, or contain, a secret. */
export function secretNames(properties: Properties): string[] {
  return Object.keys(properties).filter((name) => containsSecret(properties[name]));
}

function secret(value: unknown): unknown {
  return isObject(value) && value[SIGNATURE] === SECRET ? value : { [SIGNATURE]: SECRET, value };
}

/**
 * Marks as secret whatever was secret in the original. In objects of the same shape, marks only the secret
 * parts.
 */
export function likeIn(wrapped: Properties, properties: Properties): Properties {
  const result = { ...properties };
  for (const [name, before] of Object.entries(wrapped)) {
    const value = result[name];
    if (value === undefined || !containsSecret(before)) continue;
    const isParted = isObject(value) && isObject(before) && !(SIGNATURE in value) && !(SIGNATURE in before);
    result[name] = isParted ? likeIn(before, value) : secret(value);
  }
  return result;
}

export function withSecrets(names: readonly string[], properties: Properties): Properties {
  const result = { ...properties };
  for (const name of names) if (result[name] !== undefined) result[name] = secret(result[name]);
  return result;
}
