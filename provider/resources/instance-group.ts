import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { unknownArgument } from "../core/unknown-arguments.ts";
import { type Host, note } from "./base.ts";
import { Instance, type InstanceArgs } from "./instance.ts";

/** Arguments of a group's members. The group itself sets their names. */
export type MemberArgs = Omit<InstanceArgs, "name">;

/** One member of a group. */
export interface Member {
  /** From 0. */
  index: number;
  /** Resource name of the member: the group's name, a hyphen and the index. */
  name: string;
  /** The host in `hosts` that the member is on; undefined without `hosts`. */
  host?: Host;
}

/** The arguments of an {@link InstanceGroup}. */
export interface InstanceGroupArgs {
  /**
   * Number of instances, from 0. Raising it adds instances at the end, lowering it removes them from the end.
   * The others are left alone.
   */
  count: number;
  /** Arguments of every instance, or a function that returns them for each member. */
  template?: MemberArgs | ((member: Member) => MemberArgs);
  /** Arguments of single instances by index; each replaces the template's. */
  overrides?: Record<number, MemberArgs>;
  /**
   * Prefix of the names in Multipass, followed by a hyphen and the index. Default: automatic names with a
   * random suffix.
   */
  namePrefix?: pulumi.Input<string>;
  /**
   * Hosts over which the members are spread. A member stays on its host as long as that is in the list: more
   * members move none, and another host only takes some over. The rule depends on the names alone, so it
   * spreads evenly only on average. A `host` in `template` or `overrides` wins.
   */
  hosts?: Host[];
  /**
   * How many instances may be created at once, from 1: each waits for the one that many places before it.
   * Default: the provider's own limit (one launch per core, at most four). If an instance fails, those that
   * wait for it are not created.
   */
  stagger?: number;
}

/**
 * A number of instances from one template.
 *
 * @example
 * ```ts
 * const nodes = new multipass.InstanceGroup("node", {
 *   count: 3,
 *   template: { image: "24.04", cpus: 2, memory: "2G" },
 *   overrides: { 0: { memory: "4G" } },
 * });
 * export const addresses = nodes.addresses;
 * ```
 * @example
 * A template that gives each instance its own content:
 * ```ts
 * new multipass.InstanceGroup("student", {
 *   count: config.requireNumber("students"),
 *   namePrefix: "student",
 *   template: ({ index }) => ({ cloudInit: { write_files: [{ path: "/etc/seat", content: `${index}\n` }] } }),
 * });
 * ```
 */
export class InstanceGroup extends pulumi.ComponentResource {
  /** The instances, in the order of their indices. */
  readonly members: readonly Instance[];
  /** Names in Multipass, in the order of the indices. */
  readonly names: pulumi.Output<string[]>;
  /** Address of each instance by its name in Multipass. */
  readonly addresses: pulumi.Output<Record<string, string>>;

  /** @throws pulumi.RunError that lists every problem in the group's own arguments */
  constructor(name: string, args: InstanceGroupArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("multipass:index:InstanceGroup", name, {}, opts);
    refuseNonsense(name, args);
    note(this, {}, opts);
    const { count, template = {}, overrides = {}, namePrefix, stagger, hosts = [] } = args;
    const members: Instance[] = [];
    for (let index = 0; index < count; index += 1) {
      const host = placeOf(`${name}-${index}`, hosts);
      const member = { index, name: `${name}-${index}`, ...(host !== undefined && { host }) };
      const before = stagger === undefined ? undefined : members[index - stagger];
      members.push(
        new Instance(
          member.name,
          {
            ...(host !== undefined && { host }),
            ...(typeof template === "function" ? made(template, member) : template),
            ...overrides[index],
            ...(namePrefix === undefined ? {} : { name: pulumi.interpolate`${namePrefix}-${index}` }),
          },
          { parent: this, ...(before && { dependsOn: before }) },
        ),
      );
    }
    this.members = members;
    this.names = pulumi.all(members.map((member) => member.name));
    this.addresses = pulumi
      .all(members.map((member) => pulumi.all([member.name, member.ipAddress])))
      .apply((pairs) => Object.fromEntries(pairs));
    this.registerOutputs({ names: this.names, addresses: this.addresses });
  }
}

/** A record instead of an array, so that the compiler reports a forgotten key. */
const ARGUMENTS: Readonly<Record<keyof InstanceGroupArgs, true>> = {
  count: true,
  template: true,
  overrides: true,
  namePrefix: true,
  stagger: true,
  hosts: true,
};

/** The host's name for ssh, or undefined if it is not known while the program runs. */
function nameOf(host: unknown): string | undefined {
  const { ssh, sameAs = ssh }: { ssh?: unknown; sameAs?: unknown } = isPlain(host) ? host : { ssh: host };
  return typeof sameAs === "string" ? sameAs : undefined;
}

/**
 * The host of a member, by rendezvous hashing: each pair of a member and a host has a rank, and the highest one
 * wins. So no other member moves if a member or a host is added or removed.
 */
function placeOf(member: string, hosts: readonly Host[]): Host | undefined {
  // Without `hash`, which Node.js before 20.12 lacks: the import of this module would fail before the sentence on its age.
  const rank = (host: Host) =>
    createHash("sha256")
      .update(`${member}\n${nameOf(host)}`)
      .digest("hex");
  return hosts.reduce<Host | undefined>(
    (best, host) => (best === undefined || rank(host) > rank(best) ? host : best),
    undefined,
  );
}

/** Problems in the list of hosts. The members check each name. */
function problemsOfHosts(hosts: unknown): string[] {
  if (!Array.isArray(hosts) || hosts.length === 0) return ["hosts must be a list with at least one host"];
  const names = hosts.map(nameOf);
  if (names.includes(undefined))
    return ["hosts must hold names for ssh, or objects with one as `ssh`, known when the program runs"];
  return new Set(names).size === names.length ? [] : ["hosts names one host twice"];
}

/** @throws pulumi.RunError that lists every problem; Pulumi shows its message without a stack trace */
function refuseNonsense(name: string, args: InstanceGroupArgs): void {
  const { count, stagger, template = {}, overrides = {} } = args;
  const problems: string[] = [];
  for (const key of Object.keys(args).filter((key) => !Object.hasOwn(ARGUMENTS, key))) {
    const { property, reason } = unknownArgument("", key, Object.keys(ARGUMENTS));
    problems.push(`${property} ${reason}`);
  }
  if (!isWhole(count, 0)) problems.push(`count ${mustBeWhole(count, 0)}`);
  if (stagger !== undefined && !isWhole(stagger, 1)) problems.push(`stagger ${mustBeWhole(stagger, 1)}`);
  if (args.hosts !== undefined) problems.push(...problemsOfHosts(args.hosts));
  if (typeof template !== "function") problems.push(...problemsOf("template", template));
  if (isPlain(overrides)) {
    for (const [index, one] of Object.entries(overrides)) {
      // An index beyond `count` is allowed: the group may grow later.
      if (/^\d+$/.test(index)) problems.push(...problemsOf(`overrides[${index}]`, one));
      else problems.push("overrides has a key that is not an index: its keys are numbers from 0");
    }
  } else problems.push("overrides must be an object of arguments by index");
  if (problems.length > 0) {
    throw new pulumi.RunError(
      `Unable to create instance group "${name}":\n${problems.map((one) => `  ${one}`).join("\n")}`,
    );
  }
}

/** Calls the template for one member. @throws pulumi.RunError if it does not return arguments */
function made(template: (member: Member) => MemberArgs, member: Member): MemberArgs {
  const args = template(member);
  const [problem] = problemsOf("what template returns", args);
  if (problem !== undefined) throw new pulumi.RunError(`Unable to create "${member.name}": ${problem}`);
  return args;
}

/** Problems in a member's arguments that concern the group. The members check the rest. */
function problemsOf(path: string, args: unknown): string[] {
  if (!isPlain(args)) return [`${path} must be an object of Instance arguments`];
  return "name" in args
    ? [`${path}.name cannot be set in a group, whose members need different names: use namePrefix`]
    : [];
}

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !pulumi.Output.isInstance(value);

const isWhole = (value: unknown, least: number) => Number.isInteger(value) && (value as number) >= least;

const mustBeWhole = (value: unknown, least: number) =>
  `must be a whole number, ${least} or more${pulumi.Output.isInstance(value) ? ", known when the program runs, not an Output" : ""}`;
