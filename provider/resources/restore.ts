import type * as pulumi from "@pulumi/pulumi";
import { type InInstanceArgs, MultipassResource, providerOf } from "./base.ts";

/** The arguments of a {@link Restore}. */
export interface RestoreArgs extends InInstanceArgs {
  /**
   * Name of the snapshot to restore. Updated in place: a new name is only recorded, and takes effect with the
   * next new `trigger`.
   */
  snapshot: pulumi.Input<string>;
  /**
   * A value of any kind. Each new value restores the instance once; nothing else does. If left out, the
   * instance is never restored.
   */
  trigger?: pulumi.Input<unknown>;
  /** Must be true, to confirm that every change to the instance since the snapshot is discarded for good. */
  discardCurrentState: pulumi.Input<boolean>;
  /**
   * Whether a running instance may be stopped for the restore; its power state is restored afterwards.
   * Default true.
   */
  allowRestart?: pulumi.Input<boolean>;
}

/** A completed restore. */
export interface LastRestore {
  /** Value of `trigger` that caused it. */
  trigger: unknown;
  /** Name of the snapshot. */
  snapshot: string;
  /** When the restore finished, in ISO 8601. */
  at: string;
}

const provider = providerOf("restore");

/**
 * Restores an instance to a snapshot whenever `trigger` gets a new value, and at no other time. Deleting the
 * resource undoes nothing.
 *
 * Multipass also restores CPUs, memory, disk and mounts. If the program now asks for other values, the same
 * `up` applies them again and rewrites its files. Commands do not run again, but a warning names them. Use
 * `triggers: [restore.restored]` to run a command after each restore.
 *
 * @example
 * Back to the snapshot with `pulumi config set restore "$(date)" && pulumi up`:
 * ```ts
 * new multipass.Restore("back", {
 *   instance: vm,
 *   snapshot: ready.name,
 *   trigger: new pulumi.Config().get("restore"),
 *   discardCurrentState: true,
 * });
 * ```
 */
export class Restore extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Name of the snapshot. */
  declare readonly snapshot: pulumi.Output<string>;
  /** The last restore; undefined before the first. */
  declare readonly restored: pulumi.Output<LastRestore | undefined>;

  constructor(name: string, args: RestoreArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Restore", name, args, opts, { outputs: ["restored"] });
  }
}
