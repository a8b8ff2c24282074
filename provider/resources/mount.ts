import * as pulumi from "@pulumi/pulumi";
import { deletedWithMachine, hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";
import { declaresMounts, type InstanceMountArgs } from "./instance.ts";

/** The arguments of a {@link Mount}. */
export interface MountArgs extends MachineArgs, InstanceMountArgs {
  /** Whether a native mount may stop a machine that runs; it is put back into its state afterwards. Default true. */
  allowRestart?: pulumi.Input<boolean>;
}

const TYPE = "Mount";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ mount }) => mount.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ mount }) => mount.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ mount }) => mount.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ mount }) => mount.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ mount }) => mount.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ mount }) => mount.delete(id, props)),
};

/**
 * A folder of the host that is visible in a machine, as a resource of its own: for machines that another program, or another part of
 * this one, has made.
 *
 * Where the `Instance` is at hand, its argument `mounts` does the same. Use one or the other for a machine: `mounts` says what *all* of its
 * mounts are, and would take away what a `Mount` adds. The combination is refused; where only the machine's name is given, and nothing can
 * be known of its arguments, keep to this yourself.
 *
 * A classic mount needs the guest to be able to install Multipass's `sshfs`; one that Multipass cannot make when the machine starts is
 * dropped by it, which shows at the next `pulumi refresh`, and the next `up` mounts it again.
 *
 * @example
 * ```ts
 * new multipass.Mount("source", { instance: vm, source: "./src", target: "/home/ubuntu/src" });
 * ```
 */
export class Mount extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** Absolute path of the folder on the host. */
  declare readonly source: pulumi.Output<string>;
  /** Absolute path of the folder in the guest. */
  declare readonly target: pulumi.Output<string>;

  constructor(name: string, args: MountArgs, opts: pulumi.CustomResourceOptions = {}) {
    const { instance } = args;
    super(
      provider,
      name,
      {
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(instance),
        __instanceDeclaresMounts:
          pulumi.Resource.isInstance(instance) && declaresMounts(instance) ? true : undefined,
      },
      deletedWithMachine(instance, { deleteBeforeReplace: true, ...opts }),
      MODULE,
      TYPE,
    );
  }
}
