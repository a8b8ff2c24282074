import type * as pulumi from "@pulumi/pulumi";
import { deletedWithInstance, type InInstanceArgs, MultipassResource, noteOf, providerOf } from "./base.ts";
import type { InstanceMountArgs } from "./instance.ts";

/** The arguments of a {@link Mount}. */
export interface MountArgs extends InInstanceArgs, InstanceMountArgs {
  /**
   * Whether a running instance may be stopped for a native mount; its power state is restored afterwards.
   * Default true.
   */
  allowRestart?: pulumi.Input<boolean>;
}

const provider = providerOf("mount");

/**
 * A host folder mounted in an instance, as a resource of its own. Use it for instances that another program,
 * or another part of this one, has created.
 *
 * For your own `Instance`, its argument `mounts` does the same. Use only one of them per instance: `mounts`
 * lists *all* mounts of the instance and would remove those that a `Mount` adds. The provider refuses the
 * combination. It cannot do so if the `Mount` is given only the instance's name, so avoid the combination
 * yourself then.
 *
 * For a classic mount, the guest must be able to install Multipass's `sshfs`. Multipass drops a mount that it
 * cannot restore when the instance starts. The next `pulumi refresh` shows that, and the next `up` mounts the
 * folder again.
 *
 * @example
 * ```ts
 * new multipass.Mount("source", { instance: vm, source: "./src", target: "/home/ubuntu/src" });
 * ```
 */
export class Mount extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Absolute path of the folder on the host. */
  declare readonly source: pulumi.Output<string>;
  /** Absolute path of the folder in the guest. */
  declare readonly target: pulumi.Output<string>;

  constructor(name: string, args: MountArgs, opts: pulumi.CustomResourceOptions = {}) {
    const { instance } = args;
    const isDeclared = noteOf(instance)?.declaresMounts === true;
    super(provider, "Mount", name, args, opts, {
      inputs: { __instanceDeclaresMounts: isDeclared ? true : undefined },
      options: deletedWithInstance(instance, { deleteBeforeReplace: true, ...opts }),
    });
  }
}
