import * as pulumi from "@pulumi/pulumi";
import type { FileLookup, InstanceLookup, LookupName, RunLookup } from "./core/lookups.ts";
import { type Host, hostOf, type InstanceRef, nameInMultipass, secretNames } from "./resources/base.ts";

export type { FileLookup, InstanceLookup, RunLookup } from "./core/lookups.ts";

/** A host that runs Multipass, reached with OpenSSH's `ssh`. */
export interface LookupHost {
  /** The host as `ssh` knows it: `lab2`, `user@lab2` or `ssh://user@lab2:2222`. */
  ssh: string;
  /** Path of the `multipass` client on that host. Default: its PATH, then the usual install folders. */
  multipassPath?: string;
  /** The earlier `ssh` of this host. It makes no difference to a lookup. */
  sameAs?: string;
}

/** The arguments that every lookup takes. */
export interface LookupArgs {
  /** How long to wait for an answer, as `"90s"` or `"10m"`. Default `"5m"`. */
  timeout?: string;
  /** Path of the `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then the usual install folders. */
  multipassPath?: string;
  /** The host that runs Multipass, reached over ssh, such as `"user@lab2"`. Default: this computer. */
  host?: string | LookupHost;
}

/** The arguments of {@link getInstance}. */
export interface GetInstanceArgs extends LookupArgs {
  /** Name of the instance in Multipass. */
  name: string;
}

/** The arguments of {@link getImages}. */
export interface GetImagesArgs extends LookupArgs {
  /** Return only images that match, such as `24.04` or `daily:`. */
  query?: string;
  /** Include images that Multipass no longer supports. Default false. */
  showUnsupported?: boolean;
}

/** The arguments of {@link readFile}. */
export interface ReadFileArgs extends LookupArgs {
  /** Name of the instance in Multipass. It must be running. */
  instance: string;
  /** Path in the guest, relative to `/home/ubuntu`. */
  path: string;
}

/** The arguments of {@link runOutput}. */
export interface RunOutputArgs extends LookupArgs {
  /** Name of the instance in Multipass. It must be running. */
  instance: string;
  /**
   * Command to run: an array of words, each passed unchanged, or with `shell` or `interpreter` a script as a
   * string. It runs in every preview and every update, so it should change nothing.
   */
  command: string | string[];
  /** Whether the command is a script for the guest's `sh`. Default false. */
  shell?: boolean;
  /** Program that runs the command, with its options, such as `["python3", "-c"]`. */
  interpreter?: string[];
  /** Environment variables of the command. No message shows their values. */
  environment?: Record<string, string>;
  /** Text for the command's stdin. */
  stdin?: string;
  /** Working directory in the guest. Default: the home folder of the guest's user. */
  workingDirectory?: string;
}

/** An image of `multipass find`. */
export interface ImageLookup {
  /** Name to pass as `image`. */
  name: string;
  /** Operating system, such as `Ubuntu`. */
  os: string;
  /** Release, such as `24.04 LTS`. */
  release: string;
  /** Serial number of the build. */
  version: string;
  /** Other names of the image, such as `noble` and `lts`. */
  aliases: string[];
  /** Remote that publishes the image; empty for the default one. */
  remote: string;
}

/** A network of `multipass networks`. */
export interface NetworkLookup {
  /** Name to pass in `networks`. */
  name: string;
  /** Type, such as `ethernet`, `wifi` or `bridge`. */
  type: string;
  /** Description as Multipass gives it. */
  description: string;
}

/** The result of {@link getVersion}. */
export interface VersionLookup {
  /** Version of the client, such as `1.16.3`. */
  client: string;
  /** Version of the daemon; undefined if it does not answer. */
  daemon: string | undefined;
}

/**
 * Looks up an existing instance, whoever created it.
 *
 * @throws if no instance has that name
 * @example
 * ```ts
 * const { ipAddress } = await multipass.getInstance({ name: "primary" });
 * ```
 */
export async function getInstance(args: GetInstanceArgs): Promise<InstanceLookup> {
  return lookUp("getInstance", args);
}

/**
 * Lists every instance of the host by name, including deleted ones.
 *
 * @throws if the daemon does not answer in time
 * @example
 * ```ts
 * const running = (await multipass.getInstances()).filter(({ state }) => state === "Running");
 * ```
 */
export async function getInstances(args: LookupArgs = {}): Promise<InstanceLookup[]> {
  return lookUp("getInstances", args);
}

/**
 * Lists the images that can be launched. Waits for the daemon's image list.
 *
 * @throws if the daemon has no image list in time
 * @example
 * ```ts
 * const [lts] = await multipass.getImages({ query: "lts" });
 * ```
 */
export async function getImages(args: GetImagesArgs = {}): Promise<ImageLookup[]> {
  return lookUp("getImages", args);
}

/**
 * Lists the host's networks that an instance can be attached to.
 *
 * @throws if the daemon does not answer in time, or its driver does not support networks
 * @example
 * ```ts
 * const wired = (await multipass.getNetworks()).find(({ type }) => type === "ethernet");
 * ```
 */
export async function getNetworks(args: LookupArgs = {}): Promise<NetworkLookup[]> {
  return lookUp("getNetworks", args);
}

/**
 * Returns the versions of the client and the daemon. Does not wait for the daemon.
 *
 * @throws if the client is not installed
 * @example
 * ```ts
 * const { client, daemon } = await multipass.getVersion();
 * ```
 */
export async function getVersion(args: LookupArgs = {}): Promise<VersionLookup> {
  return lookUp("getVersion", args);
}

/**
 * Reads a file of a running instance, as root. The file may have 4 MiB. The content is not secret by itself.
 *
 * @throws if the instance or the file does not exist, or the instance does not run
 * @example
 * ```ts
 * const { content } = await multipass.readFile({ instance: "primary", path: "/etc/os-release" });
 * ```
 */
export async function readFile(args: ReadFileArgs): Promise<FileLookup> {
  return lookUp("readFile", args);
}

/**
 * Runs a command in a running instance, as the guest's default user, and returns what it prints. It runs in
 * every preview and every update. For work that is to be done once, use a `Command`.
 *
 * @throws if the instance does not exist or does not run, or the command fails
 * @example
 * ```ts
 * const { stdout } = await multipass.runOutput({ instance: "primary", command: "uname -r", shell: true });
 * ```
 */
export async function runOutput(args: RunOutputArgs): Promise<RunLookup> {
  return lookUp("runOutput", args);
}

/** {@link readFile} for arguments that are outputs. A preview waits for an instance that is yet to be created. */
export function readFileOutput(args: InInstance<ReadFileArgs>): pulumi.Output<FileLookup> {
  return inInstance(args, async (known, secrets) => lookUp("readFile", known, secrets));
}

/** {@link runOutput} for arguments that are outputs. A preview waits for an instance that is yet to be created. */
export function runOutputOutput(args: InInstance<RunOutputArgs>): pulumi.Output<RunLookup> {
  return inInstance(args, async (known, secrets) => lookUp("runOutput", known, secrets));
}

/** {@link getInstance} for arguments that are outputs. */
export function getInstanceOutput(args: Later<GetInstanceArgs>): pulumi.Output<InstanceLookup> {
  return pulumi.output(args).apply((known) => getInstance(known as GetInstanceArgs));
}

/** {@link getInstances} for arguments that are outputs. */
export function getInstancesOutput(args: Later<LookupArgs> = {}): pulumi.Output<InstanceLookup[]> {
  return pulumi.output(args).apply((known) => getInstances(known as LookupArgs));
}

/** {@link getImages} for arguments that are outputs. */
export function getImagesOutput(args: Later<GetImagesArgs> = {}): pulumi.Output<ImageLookup[]> {
  return pulumi.output(args).apply((known) => getImages(known as GetImagesArgs));
}

/** {@link getNetworks} for arguments that are outputs. */
export function getNetworksOutput(args: Later<LookupArgs> = {}): pulumi.Output<NetworkLookup[]> {
  return pulumi.output(args).apply((known) => getNetworks(known as LookupArgs));
}

/** {@link getVersion} for arguments that are outputs. */
export function getVersionOutput(args: Later<LookupArgs> = {}): pulumi.Output<VersionLookup> {
  return pulumi.output(args).apply((known) => getVersion(known as LookupArgs));
}

/** Arguments that may be outputs, with the instance as a name or as its resource. */
type InInstance<T extends { instance: string }> = Unresolved<Omit<T, "instance">> & { instance: InstanceRef };

/** Asks about an instance. The name of a resource may be known before the instance exists, and its id is not. */
function inInstance<T>(
  { instance, ...args }: { instance: InstanceRef; host?: pulumi.Input<Host> },
  ask: (args: LookupArgs, secrets: string[] | undefined) => Promise<T>,
): pulumi.Output<T> {
  const isResource = pulumi.Resource.isInstance(instance);
  const name = pulumi
    .all([nameInMultipass(instance), isResource ? instance.id : ""])
    .apply(([known]) => known);
  const given = { ...args, ...hostOf(instance, args.host), instance: name };
  return pulumi
    .all([pulumi.output(given), secretNames(given)])
    .apply(([known, secrets]) => ask(known as LookupArgs, secrets));
}

type Unresolved<T> = { [K in keyof T]: pulumi.Input<NonNullable<T[K]>> };
type Later<T> = pulumi.Input<Unresolved<T>>;

/** Runs a lookup in this process. @throws pulumi.RunError, which Pulumi shows without a stack trace */
async function lookUp<N extends LookupName>(name: N, args: LookupArgs, secrets?: string[]) {
  // Loaded on first use, so that programs without lookups do not pay for it.
  const [{ multipassOf }, lookups] = await Promise.all([
    import("./core/multipass.ts"),
    import("./core/lookups.ts"),
  ]);
  try {
    const multipass = () => multipassOf(args.multipassPath, undefined, lookups.checkedHost(args.host));
    return await lookups.lookUp(name, args, multipass, secrets);
  } catch (error) {
    throw Object.assign(new pulumi.RunError((error as Error).message), { cause: error });
  }
}
