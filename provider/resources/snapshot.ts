import * as pulumi from "@pulumi/pulumi";
import { deletedWithMachine, hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";

/** The arguments of a {@link Snapshot}. */
export interface SnapshotArgs extends MachineArgs {
  /** Name: letters, digits and hyphens, beginning with a letter. Default: the resource's name and a random end. Changed in place. */
  name?: pulumi.Input<string>;
  /** One line of text. Changed in place. */
  comment?: pulumi.Input<string>;
  /** Take a snapshot of that name that exists already, instead of refusing it. Default false. */
  adopt?: pulumi.Input<boolean>;
  /**
   * Whether a machine that runs may be stopped to take the snapshot, and to delete it where Multipass cannot while the machine runs; it is put
   * back into its state afterwards, also after a failure. Default true. With false, that is refused.
   */
  allowRestart?: pulumi.Input<boolean>;
  /** `purge` (default): deleted with the resource, for good. `keep`: left in Multipass. */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
}

const TYPE = "Snapshot";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) =>
    import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.update(id, olds, news)),
  delete: (id, props) =>
    import("pulumi-multipass/runtime").then(({ snapshot }) => snapshot.delete(id, props)),
};

/**
 * A snapshot of a machine, taken when the resource is created. Multipass takes one only of a stopped machine, so one that runs is stopped
 * for it and started again (`allowRestart`).
 *
 * It is taken once: what happens in the machine later is not in it. To take it after other resources, let it depend on them. To go back
 * to it, see {@link Restore}.
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
export class Snapshot extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** Name of the snapshot. `INSTANCE.NAME` is what Multipass's commands call it. */
  declare readonly name: pulumi.Output<string>;
  /** Its comment; empty where there is none. */
  declare readonly comment: pulumi.Output<string>;
  /** The snapshot that it follows; empty for the first. */
  declare readonly parent: pulumi.Output<string>;
  /** When it was taken, in the words of Multipass, which depend on the user's language. */
  declare readonly created: pulumi.Output<string>;

  constructor(name: string, args: SnapshotArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        parent: undefined,
        created: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(args.instance),
        __logicalName: name,
        name: args.name,
        comment: args.comment,
      },
      deletedWithMachine(args.instance, { deleteBeforeReplace: true, ...opts }),
      MODULE,
      TYPE,
    );
  }
}
