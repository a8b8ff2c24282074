/**
 * The package as programs of the plugin see it: what `pulumi package gen-sdk` would write for Node.js, as far as the tests need it. The names are those
 * of `pulumi-multipass`, so that one program can use either door.
 */
import * as pulumi from "@pulumi/pulumi";
import schema from "../../provider/doors/plugin/schema.json" with { type: "json" };

type Args = Record<string, unknown>;

interface Spec {
  properties: Record<string, object>;
  aliases: { type: string }[];
}

const specs: Record<string, Spec> = schema.resources;

function resource(name: string) {
  const token = `multipass-lab:index:${name}`;
  const { properties = {}, aliases = [] } = specs[token] ?? {};
  const outputs = Object.fromEntries(Object.keys(properties).map((property) => [property, undefined]));
  const own = {
    aliases,
    additionalSecretOutputs: Object.entries(properties).flatMap(([property, spec]) =>
      "secret" in spec ? [property] : [],
    ),
  };
  return class extends pulumi.CustomResource {
    static get(
      logicalName: string,
      id: pulumi.Input<string> = logicalName,
      opts: pulumi.CustomResourceOptions = {},
    ) {
      return new this(logicalName, {}, { ...opts, id });
    }

    constructor(logicalName: string, args: Args = {}, opts: pulumi.CustomResourceOptions = {}) {
      super(token, logicalName, { ...outputs, ...args }, pulumi.mergeOptions(own, opts));
    }
  };
}

export const Alias = resource("Alias");
export const Clone = resource("Clone");
export const Command = resource("Command");
export const File = resource("File");
export const Instance = resource("Instance");
export const Mount = resource("Mount");
export const Restore = resource("Restore");
export const Setting = resource("Setting");
export const Snapshot = resource("Snapshot");

export class Provider extends pulumi.ProviderResource {
  constructor(
    name: string,
    args: Record<string, string | pulumi.Output<string> | Record<string, string>> = {},
    opts: pulumi.ResourceOptions = {},
  ) {
    const isObject = (value: unknown) => typeof value === "object" && !pulumi.Output.isInstance(value);
    const inputs = Object.entries(args).map(([key, value]) => [
      key,
      isObject(value) ? JSON.stringify(value) : value,
    ]);
    super("multipass-lab", name, Object.fromEntries(inputs), opts);
  }
}

const ask = (name: string, args: Args, opts?: pulumi.InvokeOptions) =>
  pulumi.runtime.invoke(`multipass-lab:index:${name}`, args, opts);

/** A lookup in both of its forms. */
function lookup<T>(name: string, of: (answer: Answer) => T) {
  const promised = async (args: Args = {}, opts?: pulumi.InvokeOptions) => of(await ask(name, args, opts));
  const output = (args: Args = {}, opts?: pulumi.InvokeOutputOptions) =>
    pulumi.runtime.invokeOutput<Answer>(`multipass-lab:index:${name}`, args, opts).apply(of);
  return [promised, output] as const;
}

// biome-ignore lint/suspicious/noExplicitAny: programs of the tests are not type-checked
type Answer = any;

export const [getInstance, getInstanceOutput] = lookup("getInstance", (answer) => answer);
export const [getInstances, getInstancesOutput] = lookup("getInstances", ({ instances }) => instances);
export const [getImages, getImagesOutput] = lookup("getImages", ({ images }) => images);
export const [getNetworks, getNetworksOutput] = lookup("getNetworks", ({ networks }) => networks);
export const [getVersion, getVersionOutput] = lookup("getVersion", (answer) => answer);
export const [readFile, readFileOutput] = lookup("readFile", (answer) => answer);
export const [runOutput, runOutputOutput] = lookup("runOutput", (answer) => answer);
