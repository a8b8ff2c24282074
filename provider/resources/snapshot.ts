import type * as pulumi from "@pulumi/pulumi";
import { deletedWithInstance, type InInstanceArgs, MultipassResource, providerOf } from "./base.ts";

/** The arguments of a {@link Snapshot}. */
export interface SnapshotArgs extends InInstanceArgs {
  /**
   * Name: letters, digits and hyphens, beginning with a letter. Default: the resource's name with a random
   * suffix. Updated in place.
   */
  name?: pulumi.Input<string>;
  /** Comment of one line. Updated in place. */
  comment?: pulumi.Input<string>;
  /** Adopt an existing snapshot of that name instead of failing. Default false. */
  adopt?: pulumi.Input<boolean>;
  /**
   * Whether a running instance may be stopped to take the snapshot, or to delete it if Multipass cannot do
   * that while the instance runs. Its power state is restored afterwards, even after a failure. Default true.
   * If false, the operation is refused.
   */
  allowRestart?: pulumi.Input<boolean>;
  /** `purge` (default): deleted with the resource, for good. `keep`: left in Multipass. */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
}

const provider = providerOf("snapshot");

/**
 * A snapshot of an instance, taken when the resource is created. Multipass only takes snapshots of stopped
 * instances, so a running one is stopped and started again (`allowRestart`).
 *
 * The snapshot is taken once and does not include later changes. To take it after other resources, make it
 * depend on them. To return to it, see {@link Restore}.
 *
 * @example
 * ```ts
 * const ready = new multipass.Snapshot(
 *   "ready",
 *   { instance: vm, name: "ready", comment: "as delivered" },
 *   { dependsOn: [setup] },
 * );
 * ```
 */
export class Snapshot extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Name of the snapshot. Multipass's commands call it `INSTANCE.NAME`. */
  declare readonly name: pulumi.Output<string>;
  /** Comment; empty if the snapshot has none. */
  declare readonly comment: pulumi.Output<string>;
  /** Name of the parent snapshot; empty for the first. */
  declare readonly parent: pulumi.Output<string>;
  /** When the snapshot was taken, as Multipass prints it; the format depends on the user's language. */
  declare readonly created: pulumi.Output<string>;

  constructor(name: string, args: SnapshotArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Snapshot", name, args, opts, {
      outputs: ["name", "comment", "parent", "created"],
      inputs: { __logicalName: name },
      options: deletedWithInstance(args.instance, { deleteBeforeReplace: true, ...opts }),
    });
  }
}
