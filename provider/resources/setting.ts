import * as pulumi from "@pulumi/pulumi";
import { PASSPHRASE } from "../core/setting/passphrase.ts";
import { hiddenInputs, MODULE } from "./base.ts";
import type { TimeoutArgs } from "./waiting.ts";

/** The arguments of a {@link Setting}. */
export interface SettingArgs {
  /**
   * Key of `multipass get --keys`: `local.bridged-network`, `local.driver`, `local.image.mirror`, `local.passphrase`,
   * `local.privileged-mounts`, or one of the client's own, such as `client.primary-name`. A change makes another resource.
   */
  key: pulumi.Input<string>;
  /** The value as text. A passphrase is kept as a secret, and handed over on stdin; so kept is the value of a key that is an output, too. */
  value: pulumi.Input<string>;
  /** Whether a change may restart the daemon while instances run. Default false. */
  allowRunningInstances?: pulumi.Input<boolean>;
  /** `restore` (default): what was set before is set again. `keep`: the value stays. */
  deletionPolicy?: pulumi.Input<"restore" | "keep">;
  /** How long each operation may take. The resource option `customTimeouts` sets the same, but for `read`; where both are given, this wins. */
  timeouts?: pulumi.Input<TimeoutArgs>;
  /** The `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then where its installers put it. */
  multipassPath?: pulumi.Input<string>;
}

const TYPE = "Setting";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ setting }) => setting.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ setting }) => setting.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ setting }) => setting.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ setting }) => setting.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ setting }) => setting.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ setting }) => setting.delete(id, props)),
};

/**
 * A setting of Multipass itself, for the whole host.
 *
 * Every change of a `local.` key ends the daemon, and every machine that runs is suspended or shut down with it. So a value is set only where
 * another stands, the daemon is awaited, and a change is refused while any instance runs (`allowRunningInstances`). Let the instances of
 * a stack depend on its settings: Pulumi then changes them first, and puts them back last.
 *
 * @example
 * ```ts
 * const mounts = new multipass.Setting("mounts", { key: "local.privileged-mounts", value: "true" });
 * const vm = new multipass.Instance("dev", { mounts: [{ source: ".", target: "work" }] }, { dependsOn: mounts });
 * ```
 */
export class Setting extends pulumi.dynamic.Resource {
  /** Key of the setting. */
  declare readonly key: pulumi.Output<string>;
  /** The value that is set. */
  declare readonly value: pulumi.Output<string>;
  /** What was set before the resource was created; of a passphrase, `"true"` where there was one. */
  declare readonly previous: pulumi.Output<string>;

  constructor(name: string, args: SettingArgs, opts: pulumi.CustomResourceOptions = {}) {
    // What a key that is not known yet turns out to be is known too late to keep its value out of the state.
    const isPublic = typeof args.key === "string" && args.key !== PASSPHRASE;
    const given = { ...args, value: isPublic ? args.value : pulumi.secret(args.value) };
    super(
      provider,
      name,
      {
        previous: undefined,
        ...given,
        ...hiddenInputs(TYPE, name, given, opts),
      },
      { deleteBeforeReplace: true, ...opts },
      MODULE,
      TYPE,
    );
  }
}
