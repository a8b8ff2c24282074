import type * as pulumi from "@pulumi/pulumi";
import {
  type Host,
  hostOf,
  type InstanceRef,
  MultipassResource,
  nameInMultipass,
  note,
  providerOf,
  type ResourceArgs,
  type SshAccess,
  sshAccessOf,
} from "./base.ts";
import type { ReadinessArgs } from "./waiting.ts";

/** The arguments of a {@link Clone}. */
export interface CloneArgs extends ResourceArgs {
  /**
   * Instance to copy: an `Instance`, another `Clone`, or a name in Multipass. Changing it replaces the clone.
   */
  source: InstanceRef;
  /** Name in Multipass. Default: the resource's name with a random suffix. Changing it replaces the clone. */
  name?: pulumi.Input<string>;
  /** Number of virtual CPUs. Default: the source's. Updated in place, with a restart. */
  cpus?: pulumi.Input<number>;
  /** Memory, such as `"2G"`. Default: the source's. Updated in place, with a restart. */
  memory?: pulumi.Input<string>;
  /**
   * Disk size, such as `"10G"`; at least the source's, which is the default. Grows in place, with a restart;
   * never shrinks.
   */
  disk?: pulumi.Input<string>;
  /** Power state of the clone after each operation. Default `running`. Updated in place. */
  powerState?: pulumi.Input<"running" | "stopped">;
  /** Adopt an existing instance of that name instead of failing. Default false. */
  adopt?: pulumi.Input<boolean>;
  /**
   * Whether the source may be stopped for copying (its power state is restored), and the clone for resizing.
   * Default true.
   */
  allowRestart?: pulumi.Input<boolean>;
  /**
   * `purge` (default): deleted for good. `keep`: left recoverable, with its name still taken.
   *
   * To recover it, run `multipass recover NAME`.
   */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
  /** Conditions that must be met before the clone counts as ready. */
  readiness?: pulumi.Input<ReadinessArgs>;
  /**
   * The host that runs Multipass, reached over ssh, such as `"user@lab2"`. Default: the host of the
   * resource in `source`, or else this computer.
   * Changing it replaces the resource.
   */
  host?: pulumi.Input<Host>;
}

const provider = providerOf("clone");

/**
 * A copy of an instance including its disk, with new hardware addresses and without the snapshots. Needs
 * Multipass 1.15.
 *
 * Multipass only copies stopped instances. Keep one as a template with `powerState: "stopped"`, or allow a
 * running one to be stopped for the copy. A clone can be used wherever an `Instance` can.
 *
 * @example
 * ```ts
 * const golden = new multipass.Instance("golden", { cloudInit: { packages: ["nginx"] }, powerState: "stopped" });
 * const web = new multipass.Clone("web", { source: golden, memory: "2G" });
 * export const ip = web.ipAddress;
 * ```
 */
export class Clone extends MultipassResource {
  /** Name in Multipass; also the resource's id. */
  declare readonly name: pulumi.Output<string>;
  /** Name of the instance that was copied. */
  declare readonly source: pulumi.Output<string>;
  /** Number of virtual CPUs in effect. */
  declare readonly cpus: pulumi.Output<number>;
  /** Memory in effect. */
  declare readonly memory: pulumi.Output<string>;
  /** Disk size in effect. */
  declare readonly disk: pulumi.Output<string>;
  /** The host that runs Multipass; undefined for this computer. */
  declare readonly host: pulumi.Output<Host | undefined>;
  /** State in Multipass's words, such as `Running` or `Stopped`. */
  declare readonly state: pulumi.Output<string>;
  /** Whether the last operation did everything that was asked for. */
  declare readonly ready: pulumi.Output<boolean>;
  /** Address by which the host reaches the instance. Can change with each start. */
  declare readonly ipAddress: pulumi.Output<string>;
  /** Every IPv4 address of the guest, `ipAddress` first. */
  declare readonly ipv4: pulumi.Output<string[]>;
  /** Operating system as the guest reports it, such as `Ubuntu 24.04.3 LTS`. */
  declare readonly release: pulumi.Output<string>;

  /** How to reach the instance with ssh, through its host if that is another computer. */
  get ssh(): pulumi.Output<SshAccess> {
    return sshAccessOf(this);
  }

  constructor(name: string, args: CloneArgs, opts: pulumi.CustomResourceOptions = {}) {
    const placed = hostOf(args.source, args.host);
    super(provider, "Clone", name, args, opts, {
      outputs: ["name", "cpus", "memory", "disk", "state", "ready", "ipAddress", "ipv4", "release", "host"],
      inputs: { source: nameInMultipass(args.source), __logicalName: name, ...placed },
      options: { deleteBeforeReplace: true, ...opts },
    });
    note(this, args, opts, placed);
  }
}
