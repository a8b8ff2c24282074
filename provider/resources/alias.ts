import type * as pulumi from "@pulumi/pulumi";
import { type InInstanceArgs, MultipassResource, providerOf } from "./base.ts";

/** The arguments of an {@link Alias}. */
export interface AliasArgs extends InInstanceArgs {
  /** Program in the guest, by name or path. It receives the arguments that the alias is called with. */
  command: pulumi.Input<string>;
  /** Name of the alias on the host. Default: the last part of `command`. Changing it replaces the alias. */
  name?: pulumi.Input<string>;
  /**
   * `map` (default): if the host's working directory lies in a mount, the program runs in the matching folder
   * of the guest. `default`: it runs in the guest's home folder.
   */
  workingDirectory?: pulumi.Input<"map" | "default">;
}

const provider = providerOf("alias");

/**
 * Makes a program in the guest a command of the host: `multipass NAME …`. With the folder of aliases on the
 * PATH, `NAME …` works too.
 *
 * Aliases belong to the Multipass client of the user who runs Pulumi. Other users do not have them, so
 * another user's `pulumi refresh` reports them as gone. An alias is created in the active context (see
 * `multipass prefer`) and stays there.
 *
 * @example
 * ```ts
 * new multipass.Alias("docker", { instance: vm, command: "docker" });
 * ```
 */
export class Alias extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Name of the alias on the host. */
  declare readonly name: pulumi.Output<string>;
  /** The program in the guest. */
  declare readonly command: pulumi.Output<string>;
  /** Context that the alias belongs to. */
  declare readonly context: pulumi.Output<string>;

  constructor(name: string, args: AliasArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Alias", name, args, opts, {
      outputs: ["name", "context"],
      options: { deleteBeforeReplace: true, ...opts },
    });
  }
}
