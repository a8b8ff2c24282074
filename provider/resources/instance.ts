import * as pulumi from "@pulumi/pulumi";
import { hiddenInputs, MODULE, markIfLasting, noteWaits } from "./base.ts";
import type { ReadinessArgs, RemediesArgs, RetryArgs, TimeoutArgs } from "./waiting.ts";

/** A network of the host that an instance is attached to, besides the default one. */
export interface NetworkArgs {
  /** A name of `multipass networks`, or `bridged` for the network that `local.bridged-network` names. Has no comma and no `=`. */
  name: pulumi.Input<string>;
  /** `auto` (default): the guest configures the interface by DHCP. `manual`: it is left alone. */
  mode?: pulumi.Input<"auto" | "manual">;
  /** Hardware address such as `52:54:00:4b:ab:cd`, each once; random by default. */
  mac?: pulumi.Input<string>;
}

/**
 * A folder of the host that is visible in the instance. In the `mounts` of an {@link Instance} every change is made in place. Of a
 * {@link Mount} another `target` replaces the resource; the rest is changed in place.
 */
export interface InstanceMountArgs {
  /** Folder on the host; a relative path starts from the program's folder. */
  source: pulumi.Input<string>;
  /** Folder in the guest; a relative path starts from `/home/ubuntu`. Has no colon. */
  target: pulumi.Input<string>;
  /** `classic` (default): over SSH, at any time. `native`: by the hypervisor, faster, made and removed only while the instance is stopped. */
  type?: pulumi.Input<"classic" | "native">;
  /** User ids as `HOST:INSTANCE`, such as `1000:1000`. Default: the calling user is the guest's default user. */
  uidMappings?: pulumi.Input<pulumi.Input<string>[]>;
  /** Group ids as `HOST:INSTANCE`. Default: the calling user's group is the guest's default group. */
  gidMappings?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The arguments of an {@link Instance}. What is left out is left to Multipass. */
export interface InstanceArgs {
  /**
   * Name in Multipass: letters, digits and hyphens, beginning with a letter, at most 63. Default: the resource's name and a random
   * end. A change makes another machine.
   */
  name?: pulumi.Input<string>;
  /**
   * Alias or release (`24.04`, `noble`), `remote:alias` (`daily:24.04`), the beginning of an image's hash, or a `file://` or `https://`
   * URL. Default: the latest LTS. A change makes another machine.
   */
  image?: pulumi.Input<string>;
  /** Number of virtual CPUs, at least 1. Default 1. Changed in place, with a restart. */
  cpus?: pulumi.Input<number>;
  /** Memory, such as `"2G"`; at least 512M (128M before Multipass 1.17). Default 1G. Changed in place, with a restart. */
  memory?: pulumi.Input<string>;
  /**
   * Size of the disk, such as `"10G"`; at least 1G (512M before Multipass 1.17). Default 5G, or the image's own size if that is more.
   * Grows in place, with a restart; never shrinks.
   */
  disk?: pulumi.Input<string>;
  /**
   * User-data: cloud-config as a string, as an object, or as a Pulumi asset (`new pulumi.asset.FileAsset("user-data.yaml")`). Every string of an
   * object is a string in the guest. Not scripts, Jinja templates or MIME archives, which Multipass cannot pass on. Goes to Multipass on stdin; make it
   * a secret if it holds one. A change replaces the instance, unless only comments or formatting change.
   */
  cloudInit?: pulumi.Input<string | Record<string, unknown> | pulumi.asset.Asset>;
  /** Networks besides the default one. A change makes another machine. */
  networks?: pulumi.Input<pulumi.Input<NetworkArgs>[]>;
  /**
   * Attach to the network that `local.bridged-network` names, as a network named `bridged` does; not both. Default false. Switched on in place, with a
   * restart; off makes another machine.
   */
  bridged?: pulumi.Input<boolean>;
  /** Folders of the host. Changed in place; native ones with a restart. Left out: mounts are not managed. */
  mounts?: pulumi.Input<pulumi.Input<InstanceMountArgs>[]>;
  /** Availability zone (Multipass 1.17). A change makes another machine. */
  zone?: pulumi.Input<string>;
  /** What the machine is left as. Default `running`. Changed in place. */
  powerState?: pulumi.Input<"running" | "stopped" | "suspended">;
  /** Take an instance of that name that exists already, instead of refusing it. Default false. */
  adopt?: pulumi.Input<boolean>;
  /**
   * Whether a change may restart the machine. Default true. With false such a change is refused: by the preview where the program named the
   * value before; otherwise the preview warns, and the update refuses it before it does anything.
   */
  allowRestart?: pulumi.Input<boolean>;
  /** `purge` (default): a destroyed machine is gone. `keep`: `multipass recover` can bring it back, and its name stays taken. */
  deletionPolicy?: pulumi.Input<"purge" | "keep">;
  /** What has to hold before the instance counts as ready. */
  readiness?: pulumi.Input<ReadinessArgs>;
  /** What is done besides waiting while the daemon has no image list. */
  remedies?: pulumi.Input<RemediesArgs>;
  /** How often to try again while the host is not ready. */
  retry?: pulumi.Input<RetryArgs>;
  /** How long each operation may take. The resource option `customTimeouts` sets the same, but for `read`; where both are given, this wins. */
  timeouts?: pulumi.Input<TimeoutArgs>;
  /** The `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then where its installers put it. */
  multipassPath?: pulumi.Input<string>;
}

/** A folder of the host as it is mounted in the instance. */
export interface InstanceMount {
  /** Absolute path of the folder on the host. */
  source: string;
  /** Absolute path of the folder in the guest. */
  target: string;
  /** As it was asked for: Multipass does not tell. Without it, `classic`. */
  type?: "classic" | "native";
  /** User ids as `HOST:INSTANCE`, where any were asked for. */
  uidMappings?: string[];
  /** Group ids as `HOST:INSTANCE`, where any were asked for. */
  gidMappings?: string[];
}

/** A build of an image on the server that publishes it. */
export interface ResolvedImage {
  /** Where it was launched from. */
  url: string;
  /** Hex digest of the file behind `url`. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** Serial, such as `20260815`. */
  version: string;
  /** Such as `24.04 LTS`. */
  release: string;
}

/** The phases of a create, in the order in which they began. */
export interface Timeline {
  /** When the create began, in ISO 8601. */
  startedAt: string;
  /** One entry a phase. */
  phases: {
    /** Its name, such as `images`, `download`, `boot` or `cloud-init`. */
    phase: string;
    /** Milliseconds since the create began. */
    startedAt: number;
    /** How long it took. */
    seconds: number;
    /** How many attempts it needed. */
    attempts: number;
  }[];
}

const TYPE = "Instance";

const withMounts = new WeakSet<pulumi.Resource>();

/** Whether the resource is an `Instance` whose arguments say what its mounts are, so that any other mount is drift to it. */
export function declaresMounts(resource: pulumi.Resource): boolean {
  return withMounts.has(resource);
}

/**
 * What Pulumi writes into the state and runs in the plugin process. It captures nothing and is one line a method, so that an upgrade of
 * this package never shows as a change, and no path of a machine gets into a state.
 */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) =>
    import("pulumi-multipass/runtime").then(({ instance }) => instance.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ instance }) => instance.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ instance }) => instance.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ instance }) => instance.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ instance }) => instance.update(id, olds, news)),
  delete: (id, props) =>
    import("pulumi-multipass/runtime").then(({ instance }) => instance.delete(id, props)),
};

/**
 * A Multipass instance: a virtual machine on this host. Created, it is running, reachable, and its cloud-init has succeeded.
 *
 * A create survives what happens around a host's boot: it waits for the daemon and for its image list, with exponential back-off and
 * one deadline for all of it (`timeouts.create`). Whatever happens, a machine that exists is kept in the state.
 *
 * What fails says what was tried and what to do; the kinds of errors have a page each in `docs/errors` of the package.
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
export class Instance extends pulumi.dynamic.Resource {
  /** Name in Multipass; also the resource's id. */
  declare readonly name: pulumi.Output<string>;
  /** The image as it was asked for. */
  declare readonly image: pulumi.Output<string | undefined>;
  /** Number of virtual CPUs in effect. */
  declare readonly cpus: pulumi.Output<number>;
  /** Memory in effect: as it was asked for where that stands, else in Multipass's own words, such as `2.0GiB`. */
  declare readonly memory: pulumi.Output<string | undefined>;
  /** Size of the disk in effect, written as `memory` is. */
  declare readonly disk: pulumi.Output<string | undefined>;
  /** Mounts in effect. */
  declare readonly mounts: pulumi.Output<InstanceMount[]>;
  /** Availability zone; undefined before Multipass 1.17, which has none. */
  declare readonly zone: pulumi.Output<string | undefined>;
  /** State in Multipass's words: `Running`, `Stopped`, `Suspended`, `Deleted`, `Unknown`, … */
  declare readonly state: pulumi.Output<string>;
  /** Whether the last operation reached all that was asked for. */
  declare readonly ready: pulumi.Output<boolean>;
  /** The IPv4 address by which the host reaches the instance; empty while it does not run or has none yet. Can change with each start. */
  declare readonly ipAddress: pulumi.Output<string>;
  /** Every IPv4 address of the guest; `ipAddress` first. */
  declare readonly ipv4: pulumi.Output<string[]>;
  /** What the guest says it runs, such as `Ubuntu 24.04.3 LTS`. */
  declare readonly release: pulumi.Output<string>;
  /** Release of the image, such as `24.04 LTS`; empty for an image by URL. */
  declare readonly imageRelease: pulumi.Output<string>;
  /** Hash of the image; of its URL for an image by URL. */
  declare readonly imageHash: pulumi.Output<string>;
  /** Number of snapshots. */
  declare readonly snapshotCount: pulumi.Output<number>;
  /** Version of Multipass that last worked on it. */
  declare readonly multipassVersion: pulumi.Output<string>;

  /** The image that was launched by URL, where the daemon had no list to look the alias up in. */
  declare readonly resolvedImage: pulumi.Output<ResolvedImage | undefined>;
  /** Where the time of the create went; `pulumi-multipass timeline` draws it. */
  declare readonly timeline: pulumi.Output<Timeline | undefined>;

  /**
   * Reads an instance that exists, without taking it under management: nothing is ever changed or deleted through it.
   *
   * @param name the resource's name
   * @param id name in Multipass; default: the resource's name
   * @throws (at the deployment) when there is none
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID> = name,
    opts?: pulumi.CustomResourceOptions,
  ): Instance {
    return new Instance(name, {}, { ...opts, id });
  }

  constructor(name: string, args: InstanceArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        state: undefined,
        ready: undefined,
        ipAddress: undefined,
        ipv4: undefined,
        release: undefined,
        imageRelease: undefined,
        imageHash: undefined,
        snapshotCount: undefined,
        multipassVersion: undefined,
        resolvedImage: undefined,
        timeline: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        __logicalName: name,
        name: args.name,
        image: args.image,
        cpus: args.cpus,
        memory: args.memory,
        disk: args.disk,
        mounts: args.mounts,
        zone: args.zone,
      },
      // Two machines of one name cannot stand side by side. The provider says so, too, but `up --replace` does not ask it.
      args.name === undefined ? opts : { deleteBeforeReplace: true, ...opts },
      MODULE,
      TYPE,
    );
    if (args.mounts !== undefined) withMounts.add(this);
    markIfLasting(this, opts);
    noteWaits(this, args, opts);
  }
}
