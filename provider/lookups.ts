import * as pulumi from "@pulumi/pulumi";
import type { InstanceLookup } from "./core/lookups.ts";

export type { InstanceLookup } from "./core/lookups.ts";

/** What every lookup takes. */
export interface LookupArgs {
  /** How long an answer is waited for, as `"90s"` or `"10m"`. Default `"5m"`. */
  timeout?: string;
  /** The `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then where its installers put it. */
  multipassPath?: string;
}

/** The arguments of {@link getInstance}. */
export interface GetInstanceArgs extends LookupArgs {
  /** Name in Multipass. */
  name: string;
}

/** The arguments of {@link getImages}. */
export interface GetImagesArgs extends LookupArgs {
  /** Only images that match, such as `24.04` or `daily:`. */
  query?: string;
  /** Also what Multipass does not support any more. Default false. */
  showUnsupported?: boolean;
}

/** An image of `multipass find`. */
export interface ImageLookup {
  /** What `image` can be given. */
  name: string;
  /** Such as `Ubuntu`. */
  os: string;
  /** Such as `24.04 LTS`. */
  release: string;
  /** Serial of the build. */
  version: string;
  /** Other names of it, such as `noble` and `lts`. */
  aliases: string[];
  /** The server that publishes it; empty for the default one. */
  remote: string;
}

/** A network of `multipass networks`. */
export interface NetworkLookup {
  /** What `networks` can be given. */
  name: string;
  /** Such as `ethernet`, `wifi` or `bridge`. */
  type: string;
  /** In Multipass's words. */
  description: string;
}

/** What {@link getVersion} answers. */
export interface VersionLookup {
  /** Of the client, such as `1.16.3`. */
  client: string;
  /** Of the daemon; undefined while it does not answer. */
  daemon: string | undefined;
}

/**
 * An instance that exists, whoever made it.
 *
 * @throws when there is none of that name
 * @example
 * ```ts
 * const { ipAddress } = await multipass.getInstance({ name: "primary" });
 * ```
 */
export async function getInstance(args: GetInstanceArgs): Promise<InstanceLookup> {
  return lookUp(args, ["name"], ({ ask, host, lookUpInstance }) =>
    ask(host, `instance "${args.name}"`, args.timeout, (options) => lookUpInstance(host, args.name, options)),
  );
}

/**
 * Every instance of the host by name, deleted ones included.
 *
 * @throws when the daemon does not answer in time
 * @example
 * ```ts
 * const running = (await multipass.getInstances()).filter(({ state }) => state === "Running");
 * ```
 */
export async function getInstances(args: LookupArgs = {}): Promise<InstanceLookup[]> {
  return lookUp(args, [], ({ ask, host, lookUpInstances }) =>
    ask(host, "the instances", args.timeout, (options) => lookUpInstances(host, options)),
  );
}

/**
 * The images that can be launched. Waits for the daemon's image list.
 *
 * @throws when the daemon has none in time
 * @example
 * ```ts
 * const [lts] = await multipass.getImages({ query: "lts" });
 * ```
 */
export async function getImages(args: GetImagesArgs = {}): Promise<ImageLookup[]> {
  const { query, showUnsupported = false } = args;
  const images = await lookUp(args, ["query", "showUnsupported"], async ({ ask, host }) => {
    const [{ findSafely }, { systemClock }] = await Promise.all([
      import("./core/instance/daemon-list.ts"),
      import("./core/operation/clock.ts"),
    ]);
    return ask(host, "the images", args.timeout, (options) =>
      findSafely(host, systemClock, host.catalogue(), {
        ...options,
        showUnsupported,
        ...(query === undefined ? {} : { query }),
      }),
    );
  });
  return Object.entries(images).map(([name, { os, release, version, aliases, remote }]) => ({
    name,
    os,
    release,
    version,
    aliases,
    remote,
  }));
}

/**
 * The networks of the host that an instance can be attached to.
 *
 * @throws when the daemon does not answer in time, or its driver has no networks
 * @example
 * ```ts
 * const wired = (await multipass.getNetworks()).find(({ type }) => type === "ethernet");
 * ```
 */
export async function getNetworks(args: LookupArgs = {}): Promise<NetworkLookup[]> {
  const networks = await lookUp(args, [], ({ ask, host }) =>
    ask(host, "the networks", args.timeout, (options) => host.driver.networks(options)),
  );
  return networks.map(({ name, type, description }) => ({ name, type, description }));
}

/**
 * The versions of the client and of the daemon. Does not wait for the daemon.
 *
 * @throws when there is no client
 * @example
 * ```ts
 * const { client, daemon } = await multipass.getVersion();
 * ```
 */
export async function getVersion(args: LookupArgs = {}): Promise<VersionLookup> {
  const { client, daemon } = await lookUp(args, [], ({ ask, host }) =>
    ask(host, "the version", args.timeout, (options) => host.driver.version(options)),
  );
  return { client: client.text, daemon: daemon?.text };
}

/** {@link getInstance} for arguments that are known later. */
export function getInstanceOutput(
  args: pulumi.Input<Unresolved<GetInstanceArgs>>,
): pulumi.Output<InstanceLookup> {
  return pulumi.output(args).apply((known) => getInstance(known as GetInstanceArgs));
}

/** {@link getInstances} for arguments that are known later. */
export function getInstancesOutput(
  args: pulumi.Input<Unresolved<LookupArgs>> = {},
): pulumi.Output<InstanceLookup[]> {
  return pulumi.output(args).apply((known) => getInstances(known as LookupArgs));
}

/** {@link getImages} for arguments that are known later. */
export function getImagesOutput(
  args: pulumi.Input<Unresolved<GetImagesArgs>> = {},
): pulumi.Output<ImageLookup[]> {
  return pulumi.output(args).apply((known) => getImages(known as GetImagesArgs));
}

/** {@link getNetworks} for arguments that are known later. */
export function getNetworksOutput(
  args: pulumi.Input<Unresolved<LookupArgs>> = {},
): pulumi.Output<NetworkLookup[]> {
  return pulumi.output(args).apply((known) => getNetworks(known as LookupArgs));
}

/** {@link getVersion} for arguments that are known later. */
export function getVersionOutput(
  args: pulumi.Input<Unresolved<LookupArgs>> = {},
): pulumi.Output<VersionLookup> {
  return pulumi.output(args).apply((known) => getVersion(known as LookupArgs));
}

type Unresolved<T> = { [K in keyof T]: pulumi.Input<NonNullable<T[K]>> };

/**
 * Asks a question in the program's own process.
 *
 * @param own the arguments of this lookup besides those that all have
 * @throws pulumi.RunError, of which Pulumi shows the message and no stack
 */
async function lookUp<A extends LookupArgs, T>(
  args: A,
  own: readonly Exclude<keyof A, keyof LookupArgs>[],
  question: (core: Core) => Promise<T>,
): Promise<T> {
  // Loaded when it is first needed, so that a program that looks nothing up does not pay for it.
  const [{ multipassOf }, lookups] = await Promise.all([
    import("./core/multipass.ts"),
    import("./core/lookups.ts"),
  ]);
  try {
    lookups.refuseUnknown(args, ["timeout", "multipassPath", ...own.map(String)]);
    return await question({ host: multipassOf(args.multipassPath), ...lookups });
  } catch (error) {
    throw Object.assign(new pulumi.RunError((error as Error).message), { cause: error });
  }
}

type Core = typeof import("./core/lookups.ts") & {
  host: ReturnType<typeof import("./core/multipass.ts")["multipassOf"]>;
};
