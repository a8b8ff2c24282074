import * as pulumi from "@pulumi/pulumi";
import { hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";

/** The arguments of an {@link Alias}. */
export interface AliasArgs extends MachineArgs {
  /** The program in the guest, by name or path. Its arguments are those that the alias is called with. */
  command: pulumi.Input<string>;
  /** What it is called on the host. Default: the last part of `command`. A change makes another alias. */
  name?: pulumi.Input<string>;
  /**
   * `map` (default): where the host's working directory lies in a mount, the program runs in the guest's view of it. `default`: it runs
   * in the guest's home folder.
   */
  workingDirectory?: pulumi.Input<"map" | "default">;
}

const TYPE = "Alias";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ alias }) => alias.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ alias }) => alias.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ alias }) => alias.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ alias }) => alias.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ alias }) => alias.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ alias }) => alias.delete(id, props)),
};

/**
 * A program of a machine as a command of the host: `multipass NAME …`, and, with the folder of aliases on the PATH, `NAME …`.
 *
 * Aliases are the Multipass client's own, in the home of the user who runs Pulumi: nobody else has them, and `pulumi refresh` by another
 * user finds them gone. An alias is made in the context that is active (`multipass prefer`), and stays in it.
 *
 * @example
 * ```ts
 * new multipass.Alias("docker", { instance: vm, command: "docker" });
 * ```
 */
export class Alias extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** What it is called on the host. */
  declare readonly name: pulumi.Output<string>;
  /** The program in the guest. */
  declare readonly command: pulumi.Output<string>;
  /** The context that it is in. */
  declare readonly context: pulumi.Output<string>;

  constructor(name: string, args: AliasArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        context: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(args.instance),
        name: args.name,
      },
      { deleteBeforeReplace: true, ...opts },
      MODULE,
      TYPE,
    );
  }
}
