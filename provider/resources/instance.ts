import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedImage } from "../images/image.ts";
import {
  type Host,
  MultipassResource,
  note,
  providerOf,
  type ResourceArgs,
  type SshAccess,
  sshAccessOf,
} from "./base.ts";
import type { ReadinessArgs, RemediesArgs, RetryArgs } from "./waiting.ts";

export type { ResolvedImage } from "../images/image.ts";

/** A host network to attach an instance to, in addition to the default one. */
export interface NetworkArgs {
  /** Name from `multipass networks`, or `bridged` for `local.bridged-network`. No comma and no `=`. */
  name: pulumi.Input<string>;
  /** `auto` (default): the guest configures the interface by DHCP. `manual`: the guest leaves it alone. */
  mode?: pulumi.Input<"auto" | "manual">;
  /** Hardware address, such as `52:54:00:4b:ab:cd`; must be unique. Default: random. */
  mac?: pulumi.Input<string>;
}

/**
 * A host folder that is mounted in an instance. In the `mounts` of an {@link Instance}, every change is made
 * in place. For a {@link Mount}, a new `target` replaces the resource; other changes are made in place.
 */
export interface InstanceMountArgs {
  /** Folder on the host, relative to the program's folder. */
  source: pulumi.Input<string>;
  /** Folder in the guest, relative to `/home/ubuntu`. Must not contain a colon. */
  target: pulumi.Input<string>;
  /**
   * `classic` (default): over SSH, at any time. `native`: by the hypervisor; faster, but added and removed
   * only while the instance is stopped.
   */
  type?: pulumi.Input<"classic" | "native">;
  /**
   * User IDs as `HOST:INSTANCE`, such as `1000:1000`. Default: the calling user maps to the guest's default
   * user.
   */
  uidMappings?: pulumi.Input<pulumi.Input<string>[]>;
  /** Group IDs as `HOST:INSTANCE`. Default: the calling user's group maps to the guest's default group. */
  gidMappings?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The arguments of an {@link Instance}. Multipass decides whatever is left out. */
export interface InstanceArgs extends ResourceArgs {
  /**
   * Name in Multipass: letters, digits and hyphens, beginning with a letter, at most 63 characters. Default:
   * the resource's name with a random suffix. Changing it replaces the instance.
   */
  name?: pulumi.Input<string>;
  /**
   * Alias or release (`24.04`, `noble`), `remote:alias` (`daily:24.04`), the beginning of an image's hash, or
   * a `file://` or `https://` URL. Default: the latest LTS. Changing it replaces the instance.
   */
  image?: pulumi.Input<string>;
  /** Number of virtual CPUs, at least 1. Default 1. Updated in place, with a restart. */
  cpus?: pulumi.Input<number>;
  /**
   * Memory, such as `"2G"`; at least 512M (before 1.17: 128M). Default 1G. Updated in place, with a restart.
   */
  memory?: pulumi.Input<string>;
  /**
   * Disk size, such as `"10G"`; at least 1G (512M before Multipass 1.17). Default 5G, or the image's own size
   * if that is larger. Grows in place, with a restart; never shrinks.
   */
  disk?: pulumi.Input<string>;
  /**
   * User-data: cloud-config as a string, an object, or a Pulumi asset, such as
   * `new pulumi.asset.FileAsset("user-data.yaml")`. Strings in an object stay strings in the guest. Scripts,
   * Jinja templates and MIME archives are refused, because Multipass cannot pass them on. The user-data goes
   * to Multipass on stdin; mark it as a secret if it contains one. Changing it replaces the instance, unless
   * only comments or formatting change.
   */
  cloudInit?: pulumi.Input<string | Record<string, unknown> | pulumi.asset.Asset>;
  /** Networks in addition to the default one. Changing them replaces the instance. */
  networks?: pulumi.Input<pulumi.Input<NetworkArgs>[]>;
  /**
   * Attach to the network that `local.bridged-network` names. Cannot be combined with a network named
   * `bridged`, which does the same. Default false. Switched on in place, with a restart; switching it off
   * replaces the instance.
   */
  bridged?: pulumi.Input<boolean>;
  /**
   * Host folders to mount. Updated in place; native ones with a restart. Left out: mounts are not managed.
   */
  mounts?: pulumi.Input<pulumi.Input<InstanceMountArgs>[]>;
  /** Availability zone (Multipass 1.17). Changing it replaces the instance. */
  zone?: pulumi.Input<string>;
  /** Power state of the instance after each operation. Default `running`. Updated in place. */
  powerState?: pulumi.Input<"running" | "stopped" | "suspended">;
  /** Adopt an existing instance of that name instead of failing. Default false. */
  adopt?: pulumi.Input<boolean>;
  /**
   * Whether a change may restart the instance. Default true. If false, the preview refuses such a change if
   * the program had set the value before. Otherwise the preview warns, and the update refuses the change
   * before it does anything.
   */
  allowRestart?: pulumi.Input<boolean>;
  /**
   * `purge` (default): deleted for good. `keep`: left recoverable, with its name still taken.
   *
   * To recover it, run `multipass recover NAME`.
   */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
  /** Conditions that must be met before the instance counts as ready. */
  readiness?: pulumi.Input<ReadinessArgs>;
  /** Steps to take besides waiting while the daemon has no image list. */
  remedies?: pulumi.Input<RemediesArgs>;
  /** How often to try again while the host is not ready. */
  retry?: pulumi.Input<RetryArgs>;
}

/** A host folder as mounted in the instance. */
export interface InstanceMount {
  /** Absolute path of the folder on the host. */
  source: string;
  /** Absolute path of the folder in the guest. */
  target: string;
  /** Type as requested, since Multipass does not report it. If undefined, `classic`. */
  type?: "classic" | "native";
  /** User IDs as `HOST:INSTANCE`, if any were requested. */
  uidMappings?: string[];
  /** Group IDs as `HOST:INSTANCE`, if any were requested. */
  gidMappings?: string[];
}

/** The phases of a create, in the order in which they began. */
export interface Timeline {
  /** When the create began, in ISO 8601. */
  startedAt: string;
  /** One entry per phase. */
  phases: {
    /** Name of the phase, such as `images`, `download`, `boot` or `cloud-init`. */
    phase: string;
    /** Milliseconds since the create began. */
    startedAt: number;
    /** Duration in seconds. */
    seconds: number;
    /** Number of attempts. */
    attempts: number;
  }[];
}

const provider = providerOf("instance");

/** Arguments whose values in effect are outputs. */
const IN_EFFECT = ["name", "image", "cpus", "memory", "disk", "mounts", "zone", "host"];
const REPORTED = ["state", "ipAddress", "ipv4", "release", "imageRelease", "imageHash", "snapshotCount"];
const RECORDED = ["ready", "multipassVersion", "resolvedImage", "timeline"];

/**
 * A Multipass instance, which is a virtual machine. Once created, it is running and reachable, and its
 * cloud-init has succeeded.
 *
 * A create survives a host that is still booting. It waits for the daemon and its image list, with
 * exponential back-off and one deadline for the whole operation (`timeouts.create`). An instance that exists
 * is kept in the state, whatever fails.
 *
 * Errors say what was tried and what to do. Each kind of error has a page in the package's `docs/errors`.
 *
 * @example
 * ```ts
 * import * as multipass from "pulumi-multipass";
 *
 * const vm = new multipass.Instance("dev", {
 *   image: "24.04",
 *   cpus: 2,
 *   memory: "2G",
 *   disk: "10G",
 *   cloudInit: { packages: ["git", "build-essential"] },
 * });
 * export const ip = vm.ipAddress;
 * ```
 */
export class Instance extends MultipassResource {
  /** Name in Multipass; also the resource's id. */
  declare readonly name: pulumi.Output<string>;
  /** Image as requested. */
  declare readonly image: pulumi.Output<string | undefined>;
  /** Number of virtual CPUs in effect. */
  declare readonly cpus: pulumi.Output<number>;
  /** Memory in effect: as requested if still true, else as Multipass prints it, such as `2.0GiB`. */
  declare readonly memory: pulumi.Output<string | undefined>;
  /** Disk size in effect, written like `memory`. */
  declare readonly disk: pulumi.Output<string | undefined>;
  /** Mounts in effect. */
  declare readonly mounts: pulumi.Output<InstanceMount[]>;
  /** Availability zone; undefined before Multipass 1.17, which introduced zones. */
  declare readonly zone: pulumi.Output<string | undefined>;
  /** The host that runs Multipass; undefined for this computer. */
  declare readonly host: pulumi.Output<Host | undefined>;
  /** State in Multipass's words: `Running`, `Stopped`, `Suspended`, `Deleted`, `Unknown`, … */
  declare readonly state: pulumi.Output<string>;
  /** Whether the last operation did everything that was asked for. */
  declare readonly ready: pulumi.Output<boolean>;
  /** IPv4 address by which the host reaches the instance; empty if none. Can change with each start. */
  declare readonly ipAddress: pulumi.Output<string>;
  /** Every IPv4 address of the guest, `ipAddress` first. */
  declare readonly ipv4: pulumi.Output<string[]>;
  /** Operating system as the guest reports it, such as `Ubuntu 24.04.3 LTS`. */
  declare readonly release: pulumi.Output<string>;
  /** Release of the image, such as `24.04 LTS`; empty for an image by URL. */
  declare readonly imageRelease: pulumi.Output<string>;
  /** Hash of the image; for an image by URL, the hash of the URL. */
  declare readonly imageHash: pulumi.Output<string>;
  /** Number of snapshots. */
  declare readonly snapshotCount: pulumi.Output<number>;
  /** Version of Multipass during the last operation. */
  declare readonly multipassVersion: pulumi.Output<string>;

  /** The image, if it was launched by URL because the daemon had no list to look up the alias. */
  declare readonly resolvedImage: pulumi.Output<ResolvedImage | undefined>;
  /** How long each phase of the create took; `pulumi-multipass timeline` draws it. */
  declare readonly timeline: pulumi.Output<Timeline | undefined>;

  /**
   * Reads an existing instance without managing it: nothing is ever changed or deleted through this resource.
   *
   * @param name the resource's name
   * @param id name in Multipass; default: the resource's name
   * @param args where Multipass runs; default: on this computer
   * @throws (during the deployment) if the instance does not exist
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID> = name,
    opts?: pulumi.CustomResourceOptions,
    args: Pick<InstanceArgs, "host" | "multipassPath"> = {},
  ): Instance {
    return new Instance(name, args, { ...opts, id });
  }

  /** How to reach the instance with ssh, through its host if that is another computer. */
  get ssh(): pulumi.Output<SshAccess> {
    return sshAccessOf(this);
  }

  constructor(name: string, args: InstanceArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Instance", name, args, opts, {
      outputs: [...IN_EFFECT, ...REPORTED, ...RECORDED],
      inputs: { __logicalName: name },
      // Two instances cannot share a name. The provider says so too, but `up --replace` does not ask it.
      options: args.name === undefined ? opts : { deleteBeforeReplace: true, ...opts },
    });
    note(this, args, opts, { host: args.host, declaresMounts: args.mounts !== undefined });
  }
}
