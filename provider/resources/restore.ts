import * as pulumi from "@pulumi/pulumi";
import { hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";

/** The arguments of a {@link Restore}. */
export interface RestoreArgs extends MachineArgs {
  /** Name of the snapshot to go back to. Changed in place: it is only written down, and counts at the next new `trigger`. */
  snapshot: pulumi.Input<string>;
  /**
   * A value of any kind. The machine is restored once for each new value, and never for another reason; while it is left out, never at
   * all.
   */
  trigger?: pulumi.Input<unknown>;
  /** Has to be true: all that the machine has become since the snapshot is discarded, for good. */
  discardCurrentState: pulumi.Input<boolean>;
  /** Whether a machine that runs may be stopped for it; it is put back into its state afterwards. Default true. */
  allowRestart?: pulumi.Input<boolean>;
}

/** A restore that has taken place. */
export interface LastRestore {
  /** The value of `trigger` that brought it about. */
  trigger: unknown;
  /** Name of the snapshot. */
  snapshot: string;
  /** When it was over, in ISO 8601. */
  at: string;
}

const TYPE = "Restore";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ restore }) => restore.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ restore }) => restore.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ restore }) => restore.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ restore }) => restore.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ restore }) => restore.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ restore }) => restore.delete(id, props)),
};

/**
 * The act of putting a machine back to a snapshot, declared: it happens when `trigger` gets a new value, and at no other time. Deleting
 * the resource undoes nothing.
 *
 * Multipass restores cpus, memory, disk and mounts with the rest. Where the program says something else by now, the same `up` puts it back, and writes
 * its files again. Commands are not run again, but named in a warning: `triggers: [restore.restored]` runs one after each restore.
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
export class Restore extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** Name of the snapshot. */
  declare readonly snapshot: pulumi.Output<string>;
  /** The last restore; undefined before the first. */
  declare readonly restored: pulumi.Output<LastRestore | undefined>;

  constructor(name: string, args: RestoreArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        restored: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(args.instance),
      },
      opts,
      MODULE,
      TYPE,
    );
  }
}
