/**
 * Compile-time proof that the public types match the lifecycle's arguments exactly. There is nothing to run.
 */
import type * as pulumi from "@pulumi/pulumi";
import type * as v from "valibot";
import type { DESCRIPTIONS } from "../../provider/core/descriptions.ts";
import type { Internal } from "../../provider/core/unknown-arguments.ts";
import type { AliasArgs } from "../../provider/resources/alias.ts";
import type { CloneArgs } from "../../provider/resources/clone.ts";
import type { CommandArgs } from "../../provider/resources/command.ts";
import type { FileArgs } from "../../provider/resources/file.ts";
import type { InstanceArgs } from "../../provider/resources/instance.ts";
import type { MountArgs } from "../../provider/resources/mount.ts";
import type { RestoreArgs } from "../../provider/resources/restore.ts";
import type { SettingArgs } from "../../provider/resources/setting.ts";
import type { SnapshotArgs } from "../../provider/resources/snapshot.ts";

interface Public {
  Alias: AliasArgs;
  Clone: CloneArgs;
  Command: CommandArgs;
  File: FileArgs;
  Instance: InstanceArgs;
  Mount: MountArgs;
  Restore: RestoreArgs;
  Setting: SettingArgs;
  Snapshot: SnapshotArgs;
}

/**
 * Arguments that reach the lifecycle in another form: an instance as its name, user-data as text, and a
 * trigger or an asset as plain data of any type.
 */
interface Translated {
  Alias: "instance";
  Clone: "source";
  Command: "instance" | "triggers";
  File: "instance" | "source";
  Instance: "cloudInit";
  Mount: "instance";
  Restore: "instance" | "trigger";
  Setting: never;
  Snapshot: "instance";
}

/** The arguments of a resource according to its schema. */
type Written<R extends keyof Public> = v.InferOutput<
  v.StrictObjectSchema<
    { -readonly [K in keyof (typeof DESCRIPTIONS)[R]]: SchemaOf<(typeof DESCRIPTIONS)[R][K]> },
    undefined
  >
>;
type SchemaOf<A> = A extends { schema: infer S extends v.GenericSchema } ? S : never;

/** The names of arguments on which the public type and the schema disagree. */
type Differences<R extends keyof Public> =
  | Exclude<keyof Public[R], keyof Written<R>>
  | Exclude<keyof Written<R>, keyof Public[R] | Internal>
  | DifferentTypes<Omit<Public[R], Translated[R]>, Written<R>>;

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
type Proven<D extends Record<keyof Public, never>> = D;
export type Proof = Proven<{ [R in keyof Public]: Differences<R> }>;
