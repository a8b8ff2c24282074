import * as pulumi from "@pulumi/pulumi";
import { hiddenInputs, type Machine, MODULE, markIfLasting, nameInMultipass, noteWaits } from "./base.ts";
import type { ReadinessArgs, TimeoutArgs } from "./waiting.ts";

/** The arguments of a {@link Clone}. */
export interface CloneArgs {
  /** The machine that is copied: an `Instance` or another `Clone`, or the name of one in Multipass. A change makes another copy. */
  source: Machine;
  /** Name in Multipass. Default: the resource's name and a random end. A change makes another copy. */
  name?: pulumi.Input<string>;
  /** Number of virtual CPUs. Default: the source's. Changed in place, with a restart. */
  cpus?: pulumi.Input<number>;
  /** Memory, such as `"2G"`. Default: the source's. Changed in place, with a restart. */
  memory?: pulumi.Input<string>;
  /** Size of the disk, such as `"10G"`, at least the source's. Default: the source's. Grows in place, with a restart; never shrinks. */
  disk?: pulumi.Input<string>;
  /** What the copy is left as. Default `running`. Changed in place. */
  powerState?: pulumi.Input<"running" | "stopped">;
  /** Take an instance of that name that exists already, instead of refusing it. Default false. */
  adopt?: pulumi.Input<boolean>;
  /** Whether the source may be stopped to be copied (it is put back into its state), and the copy to be resized. Default true. */
  allowRestart?: pulumi.Input<boolean>;
  /** `purge` (default): a destroyed copy is gone. `keep`: `multipass recover` can bring it back, and its name stays taken. */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
  /** What has to hold before the copy counts as ready. */
  readiness?: pulumi.Input<ReadinessArgs>;
  /** How long each operation may take. The resource option `customTimeouts` sets the same, but for `read`; where both are given, this wins. */
  timeouts?: pulumi.Input<TimeoutArgs>;
  /** The `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then where its installers put it. */
  multipassPath?: pulumi.Input<string>;
}

const TYPE = "Clone";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ clone }) => clone.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ clone }) => clone.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ clone }) => clone.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ clone }) => clone.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ clone }) => clone.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ clone }) => clone.delete(id, props)),
};

/**
 * A copy of a machine, disk and all, with other hardware addresses and without the snapshots. Needs Multipass 1.15.
 *
 * Multipass copies only a stopped machine: keep one as a pattern with `powerState: "stopped"`, or let one that runs be stopped for it. The
 * copy is a machine like any other and can stand wherever an `Instance` can.
 *
 * @example
 * ```ts
 * const golden = new multipass.Instance("golden", { cloudInit: { packages: ["nginx"] }, powerState: "stopped" });
 * const web = new multipass.Clone("web", { source: golden, memory: "2G" });
 * export const ip = web.ipAddress;
 * ```
 */
export class Clone extends pulumi.dynamic.Resource {
  /** Name in Multipass; also the resource's id. */
  declare readonly name: pulumi.Output<string>;
  /** Name of the machine that it is a copy of. */
  declare readonly source: pulumi.Output<string>;
  /** Number of virtual CPUs in effect. */
  declare readonly cpus: pulumi.Output<number>;
  /** Memory in effect. */
  declare readonly memory: pulumi.Output<string>;
  /** Size of the disk in effect. */
  declare readonly disk: pulumi.Output<string>;
  /** State in Multipass's words, such as `Running` or `Stopped`. */
  declare readonly state: pulumi.Output<string>;
  /** Whether the last operation reached all that was asked for. */
  declare readonly ready: pulumi.Output<boolean>;
  /** The address that the host reaches it by. Can change with each start. */
  declare readonly ipAddress: pulumi.Output<string>;
  /** Every IPv4 address of the guest; `ipAddress` first. */
  declare readonly ipv4: pulumi.Output<string[]>;
  /** What the guest says it runs, such as `Ubuntu 24.04.3 LTS`. */
  declare readonly release: pulumi.Output<string>;

  constructor(name: string, args: CloneArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        state: undefined,
        ready: undefined,
        ipAddress: undefined,
        ipv4: undefined,
        release: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        source: nameInMultipass(args.source),
        __logicalName: name,
        name: args.name,
        cpus: args.cpus,
        memory: args.memory,
        disk: args.disk,
      },
      { deleteBeforeReplace: true, ...opts },
      MODULE,
      TYPE,
    );
    markIfLasting(this, opts);
    noteWaits(this, args, opts);
  }
}
