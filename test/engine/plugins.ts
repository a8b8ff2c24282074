import { randomUUID } from "node:crypto";
import type { Config } from "./config.ts";
import { Plugin } from "./plugin.ts";
import type { PluginOptions } from "./plugin-process.ts";
import type { Provider, Subject } from "./provider.ts";
import type { ResourceState } from "./state.ts";
import { urnName } from "./urn.ts";
import { containsUnknown, type Props, secret } from "./values.ts";

/** The prefix of the type of provider resources; the package follows. */
export const PROVIDERS = "pulumi:providers:";
export const DYNAMIC = "pulumi-nodejs";

export const packageOf = (type: string): string => type.split(":")[0] ?? "";

export const isProvider = (type: string): boolean => type.startsWith(PROVIDERS);

export interface PluginsOptions extends Omit<PluginOptions, "engineAddress"> {
  engineAddress: () => string;
  config: Config;
  /** The provider resource with a URN. */
  find: (urn: string) => ResourceState | undefined;
  onPlugin: (pid: number) => void;
}

/** The parts of a resource that determine its provider. */
type Provided = Pick<ResourceState, "type" | "provider">;

/** The provider processes of a run, each started when first needed. */
export class Plugins {
  readonly #o: PluginsOptions;
  readonly #started = new Map<string, Promise<Plugin>>();

  constructor(o: PluginsOptions) {
    this.#o = o;
  }

  /** The provider of a resource. */
  async of({ type, provider }: Provided): Promise<Provider> {
    return isProvider(type)
      ? this.#providers(type.slice(PROVIDERS.length))
      : this.plugin(packageOf(type), provider);
  }

  /**
   * The process that serves a package.
   *
   * @param provider the reference to an explicit provider, `URN::ID`; empty for the default one
   */
  plugin(name: string, provider: string): Promise<Plugin> {
    return this.#once(provider || name, async () => {
      if (name === DYNAMIC) {
        const plugin = await Plugin.dynamic(this.#options(), this.#o.config);
        this.#o.onPlugin(plugin.pid);
        return plugin;
      }
      const plugin = await Plugin.native(this.#options(), name);
      this.#o.onPlugin(plugin.pid);
      await plugin.configure(provider ? this.#configurationOf(provider) : await this.#default(plugin, name));
      return plugin;
    });
  }

  async cancel(): Promise<void> {
    await this.#each((plugin) => plugin.cancel());
  }

  async kill(): Promise<void> {
    await this.#each(async (plugin) => plugin.kill());
  }

  async stop(): Promise<void> {
    await this.#each((plugin) => plugin.stop());
  }

  async #each(act: (plugin: Plugin) => Promise<void>): Promise<void> {
    const started = await Promise.allSettled(this.#started.values());
    await Promise.all(
      started.map((one) => one.status === "fulfilled" && act(one.value).catch(() => undefined)),
    );
  }

  #options(): PluginOptions {
    return { ...this.#o, engineAddress: this.#o.engineAddress() };
  }

  #once(key: string, start: () => Promise<Plugin>): Promise<Plugin> {
    const known = this.#started.get(key);
    if (known) return known;
    const started = start();
    this.#started.set(key, started);
    return started;
  }

  #configurationOf(provider: string): Props {
    const urn = provider.slice(0, provider.lastIndexOf("::"));
    const state = this.#o.find(urn);
    if (!state) throw new Error(`the provider ${urn} is not known`);
    return state.inputs;
  }

  /** The stack's configuration for a package. */
  async #default(plugin: Plugin, name: string): Promise<Props> {
    const own = Object.entries(this.#o.config).filter(([key]) => key.startsWith(`${name}:`));
    const given = Object.fromEntries(
      own.map(([key, { value, secret: isSecret }]) => [
        key.slice(name.length + 1),
        isSecret ? secret(value) : value,
      ]),
    );
    const subject = { urn: "", name: "default", type: `${PROVIDERS}${name}` };
    const { inputs, failures } = await plugin.checkConfig(subject, undefined, given);
    if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("\n"));
    return inputs;
  }

  /** Operations on the provider resources of a package. */
  #providers(name: string): Provider {
    const process = (of: Subject) =>
      this.#once(`check:${of.urn}`, () => Plugin.native(this.#options(), name));
    return {
      supportsPreview: true,
      check: async (of, olds, news) => (await process(of)).checkConfig(of, olds, news),
      diff: async (of, id, old, news) => (await process(of)).diffConfig(of, id, old, news),
      create: async (_of, inputs) => ({ id: randomUUID(), outputs: inputs }),
      read: async (_of, id, state) => ({ id, outputs: state?.outputs ?? {}, inputs: state?.inputs }),
      update: async (_of, _id, _old, news) => news,
      delete: async () => undefined,
    };
  }
}

/** Whether a provider can be asked: not while its configuration is unknown. */
export function isConfigured(state: ResourceState | undefined): boolean {
  return state === undefined || !containsUnknown(state.inputs);
}

export const subjectOf = (state: ResourceState): Subject => ({
  urn: state.urn,
  name: urnName(state.urn),
  type: state.type,
  timeouts: state.customTimeouts,
});
