import * as pulumi from "@pulumi/pulumi";
import { Instance, type InstanceArgs } from "./instance.ts";

/** What the members of a group have in common. Names are the group's business. */
export type MemberArgs = Omit<InstanceArgs, "name">;

/** One member of a group. */
export interface Member {
  /** From 0. */
  index: number;
  /** Pulumi's name of the member: the group's, a hyphen and the index. */
  name: string;
}

/** The arguments of an {@link InstanceGroup}. */
export interface InstanceGroupArgs {
  /** How many machines, from 0. More adds to the end; fewer takes away from the end; the others are left alone. */
  count: number;
  /** What each machine is, or a function that says it for each. */
  template?: MemberArgs | ((member: Member) => MemberArgs);
  /** What single machines have that the others have not, by index; each argument replaces the template's. */
  overrides?: Record<number, MemberArgs>;
  /** Names in Multipass: this, a hyphen and the index. Default: automatic names, with a random end. */
  namePrefix?: pulumi.Input<string>;
  /**
   * How many machines may come up at once, from 1: each waits for the one that many places before it. Default: as many as the provider launches at
   * once anyway (one a core, at most four). A machine that fails then keeps those behind it from being tried.
   */
  stagger?: number;
}

/**
 * A number of machines from one template.
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
 * A template that tells the machines apart:
 * ```ts
 * new multipass.InstanceGroup("student", {
 *   count: config.requireNumber("students"),
 *   namePrefix: "student",
 *   template: ({ index }) => ({ cloudInit: { write_files: [{ path: "/etc/seat", content: `${index}\n` }] } }),
 * });
 * ```
 */
export class InstanceGroup extends pulumi.ComponentResource {
  /** The machines, in the order of their indices. */
  readonly members: readonly Instance[];
  /** Names in Multipass, in the order of the indices. */
  readonly names: pulumi.Output<string[]>;
  /** Address of each machine by its name in Multipass. */
  readonly addresses: pulumi.Output<Record<string, string>>;

  /** @throws Error where `count`, `stagger` or an index in `overrides` is no number that makes sense */
  constructor(name: string, args: InstanceGroupArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("multipass:index:InstanceGroup", name, {}, opts);
    const { count, template = {}, overrides = {}, namePrefix, stagger } = args;
    refuseNonsense(name, args);
    const members: Instance[] = [];
    for (let index = 0; index < count; index += 1) {
      const member = { index, name: `${name}-${index}` };
      const before = stagger === undefined ? undefined : members[index - stagger];
      members.push(
        new Instance(
          member.name,
          {
            ...(typeof template === "function" ? template(member) : template),
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

function refuseNonsense(name: string, { count, stagger, overrides = {} }: InstanceGroupArgs): void {
  const refuse = (reason: string) => {
    throw new Error(`Unable to make instance group "${name}": ${reason}`);
  };
  if (!Number.isInteger(count) || count < 0) refuse(`count has to be a whole number from 0, not ${count}`);
  if (stagger !== undefined && (!Number.isInteger(stagger) || stagger < 1)) {
    refuse(`stagger has to be a whole number from 1, not ${stagger}`);
  }
  for (const index of Object.keys(overrides)) {
    // One beyond `count` is none: it may wait there for the group to grow.
    if (!/^\d+$/.test(index)) refuse(`overrides are by index, from 0; "${index}" is none`);
  }
}
