import * as pulumi from "@pulumi/pulumi";
import type { TimeoutArgs } from "./waiting.ts";

/** The module part of each type token, `pulumi-nodejs:dynamic/multipass:…`. Part of every URN: never change it. */
export const MODULE = "multipass";

/** A resource that is a machine, an {@link Instance} or a {@link Clone}. */
export type MachineResource = pulumi.CustomResource & {
  /** Name in Multipass. */
  readonly name: pulumi.Output<string>;
};

/**
 * Which machine: its name in Multipass, or the resource that made it. With the resource, Pulumi also knows that what is inside the
 * machine goes when the machine goes.
 *
 * @example
 * ```ts
 * new multipass.File("motd", { instance: vm, path: "/etc/motd", content: "Welcome\n", user: "root" });
 * new multipass.File("hosts", { instance: "primary", path: "/etc/hosts.lab", content: "10.0.0.1 lab\n", user: "root" });
 * ```
 */
export type Machine = pulumi.Input<string> | MachineResource;

/** What every resource that acts on a machine takes. */
export interface MachineArgs {
  /**
   * The machine: an `Instance` or a `Clone`, or the name of one in Multipass. Another one replaces the resource, but for an `Alias`, which is
   * changed in place, and a `Restore`, which only writes it down.
   */
  instance: Machine;
  /** How long each operation may take. The resource option `customTimeouts` sets the same, but for `read`; where both are given, this wins. */
  timeouts?: pulumi.Input<TimeoutArgs>;
  /** The `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then where its installers put it. */
  multipassPath?: pulumi.Input<string>;
}

function isResource(machine: Machine): machine is MachineResource {
  return pulumi.Resource.isInstance(machine);
}

/** The name of a machine, however it was given. */
export function nameInMultipass(machine: Machine): pulumi.Input<string> {
  return isResource(machine) ? machine.name : machine;
}

/** Machines that are there still when Pulumi has done with them. */
const lasting = new WeakSet<pulumi.Resource>();

/** Marks a machine that outlives its resource: one that is only looked at, or is to be retained. */
export function markIfLasting(machine: pulumi.Resource, opts: pulumi.CustomResourceOptions): void {
  if (opts.id !== undefined || opts.retainOnDelete) lasting.add(machine);
}

/** Options of a resource inside a machine: it need not be taken out before the machine itself is deleted. */
export function deletedWithMachine(
  machine: Machine,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  if (!isResource(machine) || lasting.has(machine) || opts.deletedWith !== undefined) return opts;
  return { ...opts, deletedWith: machine };
}

/**
 * The resource's own URN, as an input.
 *
 * A promise, which is not tracked: as an output it would make the resource depend on its parent, a component counts as all of its children,
 * and the resource would wait for itself.
 */
function ownerUrn(type: string, name: string, parent: pulumi.Resource | undefined): Promise<string> {
  const urn = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${MODULE}:${type}`, parent);
  return new Promise((resolve) => urn.apply(resolve));
}

/**
 * The names of the properties that are secrets. A dynamic provider gets plain values and is not told which of them are secrets, but it has to
 * keep them out of what it says.
 *
 * A promise, as in `ownerUrn`.
 */
async function secretNames(
  args: object,
  { additionalSecretOutputs = [] }: pulumi.CustomResourceOptions,
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

/** An output knows the resources that its value comes from, which the declarations of the SDK leave out. */
interface OfResources {
  allResources?: () => Promise<ReadonlySet<pulumi.Resource>>;
}

/** Whether each resource waits for another one of the program. */
const waits = new WeakMap<pulumi.Resource, Promise<boolean>>();

/** Keeps in mind whether a resource waits for others, for those that wait for it. */
export function noteWaits(
  resource: pulumi.Resource,
  args: object,
  opts: pulumi.ComponentResourceOptions,
): void {
  waits.set(resource, waitsForOthers(args, opts));
}

/** Whether another resource, which is not ours, comes before this one, and may make what this one needs: a folder, or Multipass itself. */
async function waitsForOthers(
  args: object,
  { dependsOn = [], parent }: pulumi.ComponentResourceOptions,
): Promise<boolean> {
  if (!Array.isArray(dependsOn) || dependsOn.length > 0) return true;
  const named = [parent, ...Object.values(args).filter((value) => pulumi.Resource.isInstance(value))];
  for (const resource of named) if (resource && (await (waits.get(resource) ?? true))) return true;
  const known = await Promise.all(
    Object.values(args)
      .filter((value) => !pulumi.Resource.isInstance(value))
      .map(async (value) => (await (pulumi.output(value) as OfResources).allResources?.())?.size === 0),
  );
  return known.includes(false);
}

/** The inputs that users do not write: who the resource is, how long it may take, and what of it is secret. */
export function hiddenInputs(
  type: string,
  name: string,
  args: { timeouts?: pulumi.Input<TimeoutArgs> | undefined },
  opts: pulumi.CustomResourceOptions,
): Record<string, unknown> {
  const { create, update, delete: remove } = opts.customTimeouts ?? {};
  // A dynamic provider is told nothing of `customTimeouts`.
  const timeouts = pulumi.output(args.timeouts).apply((named) => {
    const all = { create, update, delete: remove, ...named };
    return Object.values(all).some((one) => one !== undefined) ? all : undefined;
  });
  return {
    timeouts: args.timeouts || opts.customTimeouts ? timeouts : undefined,
    // Pulumi displays no property whose name begins with two underscores.
    __owner: ownerUrn(type, name, opts.parent),
    __secrets: secretNames(args, opts),
    // The update refuses what is still missing then. A preview never gets into the state.
    __canAppear: pulumi.runtime.isDryRun()
      ? waitsForOthers(args, opts).then((can) => can || undefined)
      : undefined,
  };
}
