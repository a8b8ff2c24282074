/**
 * Compile-time proof that the public types match the lifecycle's arguments exactly. There is nothing to run.
 */
import type * as pulumi from "@pulumi/pulumi";
import type * as v from "valibot";
import type { DESCRIPTIONS } from "../../provider/core/descriptions.ts";
import type { Internal } from "../../provider/core/unknown-arguments.ts";
import type * as api from "../../provider/index.ts";

type Name = keyof typeof DESCRIPTIONS;

/** The public arguments of each resource, as its exported class takes them. */
type Public = { [R in Name]: NonNullable<ConstructorParameters<(typeof api)[R]>[1]> };

/**
 * Arguments that reach the lifecycle in another form: an instance as its name, user-data as text, and a
 * trigger or an asset as plain data of any type.
 */
type Translated = {
  Alias: "instance";
  Clone: "source";
  Command: "instance" | "triggers";
  File: "instance" | "source";
  Instance: "cloudInit";
  Mount: "instance";
  Restore: "instance" | "trigger";
  Snapshot: "instance";
};

/** The arguments of a resource according to its schema. */
type Written<R extends Name> = v.InferOutput<
  v.StrictObjectSchema<
    { -readonly [K in keyof (typeof DESCRIPTIONS)[R]]: SchemaOf<(typeof DESCRIPTIONS)[R][K]> },
    undefined
  >
>;
type SchemaOf<A> = A extends { schema: infer S extends v.GenericSchema } ? S : never;

/** The names of arguments on which the public type and the schema disagree. */
type Differences<R extends Name> =
  | Exclude<keyof Public[R], keyof Written<R>>
  | Exclude<keyof Written<R>, keyof Public[R] | Internal>
  | DifferentTypes<Omit<Public[R], R extends keyof Translated ? Translated[R] : never>, Written<R>>;

type DifferentTypes<A, B> = {
  [K in keyof A & keyof B]: Same<
    [isOptional: object extends Pick<A, K> ? true : false, type: NonNullable<pulumi.Unwrap<A[K]>>],
    [isOptional: object extends Pick<B, K> ? true : false, type: NonNullable<B[K]>]
  > extends true
    ? never
    : K;
}[keyof A & keyof B];

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Accepts no argument name, so that a difference does not compile. */
type Proven<D extends Record<Name, never>> = D;
export type Proof = Proven<{ [R in Name]: Differences<R> }>;
