import * as pulumi from "@pulumi/pulumi";
import { PASSPHRASE } from "../core/setting/passphrase.ts";
import { MultipassResource, providerOf, type ResourceArgs } from "./base.ts";

/** The arguments of a {@link Setting}. */
export interface SettingArgs extends ResourceArgs {
  /**
   * Key from `multipass get --keys`: `local.bridged-network`, `local.driver`, `local.image.mirror`,
   * `local.passphrase`, `local.privileged-mounts`, or one of the client's own, such as `client.primary-name`.
   * Changing it replaces the resource.
   */
  key: pulumi.Input<string>;
  /**
   * Value as a string. A passphrase is kept as a secret and passed on stdin. The value is also kept as a
   * secret if `key` is an output.
   */
  value: pulumi.Input<string>;
  /** Whether a change may restart the daemon while instances run. Default false. */
  allowRunningInstances?: pulumi.Input<boolean>;
  /** `restore` (default): the previous value is set again. `keep`: the value stays. */
  deletionPolicy?: pulumi.Input<"restore" | "keep">;
}

const provider = providerOf("setting");

/**
 * A setting of Multipass itself, for the whole host.
 *
 * Changing a `local.` key ends the daemon, which suspends or shuts down every running instance. So the
 * provider only sets a value that differs, and waits for the daemon afterwards. It refuses the change while
 * any instance runs, unless `allowRunningInstances` is set. Make the instances of a stack depend on its
 * settings: Pulumi then applies settings first and restores them last.
 *
 * @example
 * ```ts
 * const mounts = new multipass.Setting("mounts", { key: "local.privileged-mounts", value: "true" });
 * const vm = new multipass.Instance("dev", { mounts: [{ source: ".", target: "work" }] }, { dependsOn: mounts });
 * ```
 */
export class Setting extends MultipassResource {
  /** Key of the setting. */
  declare readonly key: pulumi.Output<string>;
  /** Current value. */
  declare readonly value: pulumi.Output<string>;
  /** Value before the resource was created; for a passphrase, `"true"` if one was set. */
  declare readonly previous: pulumi.Output<string>;

  constructor(name: string, args: SettingArgs, opts: pulumi.CustomResourceOptions = {}) {
    // A key that is an output resolves too late to keep its value out of the state.
    const isPublic = typeof args.key === "string" && args.key !== PASSPHRASE;
    const given = { ...args, value: isPublic ? args.value : pulumi.secret(args.value) };
    super(provider, "Setting", name, given, opts, {
      outputs: ["previous"],
      options: { deleteBeforeReplace: true, ...opts },
    });
  }
}
