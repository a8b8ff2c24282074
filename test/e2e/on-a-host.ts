/**
 * The package as a program sees it whose every resource is on one host. What is in a resource of the program
 * gets its host from there.
 */
import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";
import { THE_HOST } from "../support/ssh-hosts.ts";

export * from "pulumi-multipass";

interface Args {
  host?: unknown;
  instance?: unknown;
  source?: unknown;
}

const placed = (args: Args = {}): Args =>
  [args.instance, args.source].some((one) => pulumi.Resource.isInstance(one))
    ? args
    : { host: THE_HOST, ...args };

// biome-ignore lint/suspicious/noExplicitAny: TypeScript requires it of the base of a mixin
type AnyResource = new (...args: any[]) => pulumi.Resource;

function onTheHost<T extends AnyResource>(Type: T): T {
  return class extends Type {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    constructor(...[name, args, opts = {}]: any[]) {
      super(name, placed(args), opts);
    }
  };
}

export const Alias = onTheHost(multipass.Alias);
export const Clone = onTheHost(multipass.Clone);
export const Command = onTheHost(multipass.Command);
export const File = onTheHost(multipass.File);
export const Mount = onTheHost(multipass.Mount);
export const Restore = onTheHost(multipass.Restore);
export const Setting = onTheHost(multipass.Setting);
export const Snapshot = onTheHost(multipass.Snapshot);

export class Instance extends onTheHost(multipass.Instance) {
  static override get(
    name: string,
    id: pulumi.Input<string> = name,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    return new Instance(name, {}, { ...opts, id });
  }
}
