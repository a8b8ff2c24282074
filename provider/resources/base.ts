import * as pulumi from "@pulumi/pulumi";
import { type SshAccess, sshAccess } from "../core/ssh-access.ts";
import type { TimeoutArgs } from "./waiting.ts";

export type { SshAccess } from "../core/ssh-access.ts";

/**
 * Module part of each type token, `pulumi-nodejs:dynamic/multipass:…`. Every URN contains it: never change
 * it.
 */
const MODULE = "multipass";

/** A resource that represents an instance: an {@link Instance} or a {@link Clone}. */
export type InstanceResource = pulumi.CustomResource & {
  /** Name in Multipass. */
  readonly name: pulumi.Output<string>;
};

/**
 * The instance: its name in Multipass, or the resource that created it. Given the resource, Pulumi also knows
 * that deleting the instance deletes everything inside it.
 *
 * @example
 * ```ts
 * new multipass.File("motd", { instance: vm, path: "/etc/motd", content: "Welcome\n", user: "root" });
 * new multipass.File("hosts", { instance: "primary", path: "/etc/hosts.lab", content: "10.0.0.1 lab\n", user: "root" });
 * ```
 */
export type InstanceRef = pulumi.Input<string> | InstanceResource;

/** A host that runs Multipass, reached with OpenSSH's `ssh`. */
export interface HostArgs {
  /**
   * The host as `ssh` knows it: `lab2`, `user@lab2` or `ssh://user@lab2:2222`. Ports, keys and jump hosts come
   * from `~/.ssh/config`. `ssh` must get there without asking for anything.
   */
  ssh: pulumi.Input<string>;
  /** Path of the `multipass` client on that host. Default: its PATH, then the usual install folders. */
  multipassPath?: pulumi.Input<string>;
  /**
   * The earlier `ssh` of this host, if it has another name by now. Then nothing is replaced. Default: a host
   * with another `ssh` is another host.
   */
  sameAs?: pulumi.Input<string>;
}

/** A host: its name for `ssh`, or an object. */
export type Host = string | HostArgs;

/** The arguments of every resource. */
export interface ResourceArgs {
  /** Time limits per operation. They override the resource option `customTimeouts`, which lacks `read`. */
  timeouts?: pulumi.Input<TimeoutArgs>;
  /** Path of the `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then the usual install folders. */
  multipassPath?: pulumi.Input<string>;
  /**
   * The host that runs Multipass, reached over ssh, such as `"user@lab2"`. Default: this computer.
   * Changing it replaces the resource.
   */
  host?: pulumi.Input<Host>;
}

/** The arguments of every resource that acts on an instance. */
export interface InInstanceArgs extends ResourceArgs {
  /**
   * The instance: an `Instance`, a `Clone`, or a name in Multipass. Changing it replaces the resource, with
   * two exceptions: an `Alias` is updated in place, and a `Restore` only records the new instance.
   */
  instance: InstanceRef;
  /**
   * The host that runs Multipass, reached over ssh, such as `"user@lab2"`. Default: the host of the resource
   * in `instance`, or else this computer. Changing it replaces the resource.
   */
  host?: pulumi.Input<Host>;
}

/** @deprecated Use {@link InstanceRef}. */
export type Machine = InstanceRef;
/** @deprecated Use {@link InInstanceArgs}. */
export type MachineArgs = InInstanceArgs;
/** @deprecated Use {@link InstanceResource}. */
export type MachineResource = InstanceResource;

function isResource(instance: InstanceRef): instance is InstanceResource {
  return pulumi.Resource.isInstance(instance);
}

/** The instance's name, given as a name or as a resource. */
export function nameInMultipass(instance: InstanceRef): pulumi.Input<string> {
  return isResource(instance) ? instance.name : instance;
}

/** The facts about one resource that other resources of the program need. */
interface Note {
  /** Whether it waits for another resource of the program. */
  waits: Promise<boolean>;
  /** Its host, as its program gave it. */
  host?: pulumi.Input<Host> | undefined;
  /** Whether it manages its mounts, so that it reports any other mount as drift. */
  declaresMounts?: boolean;
  /** Whether its instance remains after a delete, because it is only read or retained. */
  isLasting: boolean;
}

/** Kept beside the resources, since Pulumi serialises what they have. */
const notes = new WeakMap<pulumi.Resource, Note>();

/** Notes an instance, or a group of them. */
export function note(
  resource: pulumi.Resource,
  args: object,
  opts: pulumi.ResourceOptions,
  more: Pick<Note, "host" | "declaresMounts"> = {},
): void {
  const isLasting = opts.id !== undefined || opts.retainOnDelete === true;
  notes.set(resource, { ...more, isLasting, waits: waitsForOthers(args, opts) });
}

/** The note on an instance that is given as a resource; undefined for a name. */
export function noteOf(instance: InstanceRef): Note | undefined {
  return isResource(instance) ? notes.get(instance) : undefined;
}

/** The host that was given, or that of the instance. */
export function hostOf(
  instance: InstanceRef,
  given: pulumi.Input<Host> | undefined,
): { host?: pulumi.Input<Host> } {
  const host = given ?? noteOf(instance)?.host;
  return host === undefined ? {} : { host };
}

/** Describes how to reach an instance, through its host if that is another computer. */
export function sshAccessOf(instance: InstanceResource): pulumi.Output<SshAccess> {
  const { ipAddress } = instance as InstanceResource & { ipAddress: pulumi.Output<string> };
  return pulumi.all([ipAddress, noteOf(instance)?.host]).apply(([address, host]) => sshAccess(address, host));
}

/** Resource options that skip the resource's own delete when its instance is deleted. */
export function deletedWithInstance(
  instance: InstanceRef,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  if (!isResource(instance) || noteOf(instance)?.isLasting || opts.deletedWith !== undefined) return opts;
  return { ...opts, deletedWith: instance };
}

/**
 * The resource's own URN, as an input.
 *
 * Returns a promise because Pulumi does not track promises. An output would make the resource depend on its
 * parent. If the parent is a component, it counts as all of its children, so the resource would wait for
 * itself.
 */
function ownerUrn(type: string, name: string, parent: pulumi.Resource | undefined): Promise<string> {
  const urn = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${MODULE}:${type}`, parent);
  return new Promise((resolve) => urn.apply(resolve));
}

/**
 * The names of the secret properties. A dynamic provider receives plain values and is not told which are
 * secret, but must keep secrets out of its output.
 *
 * Returns a promise for the reason given at `ownerUrn`.
 */
export async function secretNames(
  args: object,
  { additionalSecretOutputs = [] }: pulumi.CustomResourceOptions = {},
): Promise<string[] | undefined> {
  const inputs = Object.entries(args).filter(([, value]) => !pulumi.Resource.isInstance(value));
  const marked = await Promise.all(
    inputs.map(async ([property, value]) =>
      (await pulumi.isSecret(pulumi.output(value))) ? [property] : [],
    ),
  );
  const names = [...new Set([...marked.flat(), ...additionalSecretOutputs])].sort();
  return names.length > 0 ? names : undefined;
}

/** The resources that an output's value comes from; the SDK's type declarations omit this. */
interface OfResources {
  allResources?: () => Promise<ReadonlySet<pulumi.Resource>>;
}

/**
 * Whether this resource depends on one from outside this package. That one may create what this one needs,
 * such as a folder or Multipass itself.
 */
async function waitsForOthers(
  args: object,
  { dependsOn = [], parent }: pulumi.ResourceOptions,
): Promise<boolean> {
  if (!Array.isArray(dependsOn) || dependsOn.length > 0) return true;
  const named = [parent, ...Object.values(args).filter((value) => pulumi.Resource.isInstance(value))];
  for (const resource of named) if (resource && (await (notes.get(resource)?.waits ?? true))) return true;
  const known = await Promise.all(
    Object.values(args)
      .filter((value) => !pulumi.Resource.isInstance(value))
      .map(async (value) => (await (pulumi.output(value) as OfResources).allResources?.())?.size === 0),
  );
  return known.includes(false);
}

/** Inputs that users do not write: the resource's owner, its timeouts, and the names of its secrets. */
function hiddenInputs(
  type: string,
  name: string,
  args: ResourceArgs,
  opts: pulumi.CustomResourceOptions,
): Record<string, unknown> {
  const { create, update, delete: remove } = opts.customTimeouts ?? {};
  // Pulumi does not pass `customTimeouts` to dynamic providers.
  const timeouts = pulumi.output(args.timeouts).apply((named) => {
    const all = { create, update, delete: remove, ...named };
    return Object.values(all).some((one) => one !== undefined) ? all : undefined;
  });
  return {
    timeouts: args.timeouts || opts.customTimeouts ? timeouts : undefined,
    // Pulumi does not display properties whose names begin with two underscores.
    __owner: ownerUrn(type, name, opts.parent),
    __secrets: secretNames(args, opts),
    // The check keeps these two out of the state.
    __replaceOnChanges: opts.replaceOnChanges,
    __canAppear: pulumi.runtime.isDryRun()
      ? waitsForOthers(args, opts).then((can) => can || undefined)
      : undefined,
  };
}

/**
 * The provider of a resource, which `pulumi-multipass/runtime` exports under this name. Pulumi writes it into
 * the state, with all that it captures, and runs it in the plugin process. It captures only that name. So an
 * upgrade of this package never shows as a change, and no path of the host gets into a state.
 */
export function providerOf(
  name: keyof typeof import("pulumi-multipass/runtime"),
): pulumi.dynamic.ResourceProvider {
  return {
    check: (olds, news) =>
      import("pulumi-multipass/runtime").then((runtime) => runtime[name].check(olds, news)),
    diff: (id, olds, news) =>
      import("pulumi-multipass/runtime").then((runtime) => runtime[name].diff(id, olds, news)),
    create: (inputs) => import("pulumi-multipass/runtime").then((runtime) => runtime[name].create(inputs)),
    read: (id, props) => import("pulumi-multipass/runtime").then((runtime) => runtime[name].read(id, props)),
    update: (id, olds, news) =>
      import("pulumi-multipass/runtime").then((runtime) => runtime[name].update(id, olds, news)),
    delete: (id, props) =>
      import("pulumi-multipass/runtime").then((runtime) => runtime[name].delete(id, props)),
  };
}

/** A resource that the plugin process manages through a provider of ours. */
export abstract class MultipassResource extends pulumi.dynamic.Resource {
  /**
   * @param provider made once for the class, because Pulumi serialises each one anew
   * @param type name of the class
   * @param more.outputs properties of the class that are not, or not always, among the arguments
   * @param more.inputs further inputs, which win over the arguments
   * @param more.options the resource options, where they differ from those that the program gives
   */
  constructor(
    provider: pulumi.dynamic.ResourceProvider,
    type: string,
    name: string,
    args: ResourceArgs & { instance?: InstanceRef },
    opts: pulumi.CustomResourceOptions,
    {
      outputs = [],
      inputs = {},
      options = opts,
    }: { outputs?: string[]; inputs?: pulumi.Inputs; options?: pulumi.CustomResourceOptions } = {},
  ) {
    super(
      provider,
      name,
      {
        ...Object.fromEntries(outputs.map((output) => [output, undefined])),
        ...args,
        ...hiddenInputs(type, name, args, opts),
        ...(args.instance !== undefined && {
          instance: nameInMultipass(args.instance),
          ...hostOf(args.instance, args.host),
        }),
        ...inputs,
      },
      options,
      MODULE,
      type,
    );
  }
}
