import type { Multipass } from "../../core/context.ts";
import type { HostInput } from "../../core/host.ts";
import { findSafely } from "../../core/instance/daemon-list.ts";
import { ask, lookUpInstance, lookUpInstances, refuseUnknown } from "../../core/lookups.ts";
import { systemClock } from "../../core/operation/clock.ts";
import type { Resource } from "../../core/resource.ts";
import { resources } from "../../core/resources.ts";
import type { Run } from "../../core/run.ts";
import { nameIn } from "./declared.ts";
import { Unimplemented } from "./failures.ts";
import type { Properties } from "./values.ts";

interface Arguments {
  timeout?: string;
  multipassPath?: string;
  host?: HostInput;
  name?: string;
  query?: string;
  showUnsupported?: boolean;
}

/** A function of this package: its arguments besides the common ones, and its query. */
interface Lookup {
  takes: readonly (keyof Arguments)[];
  answer(multipass: Multipass, args: Arguments): Promise<object>;
}

const FUNCTIONS: Record<string, Lookup> = {
  getInstance: {
    takes: ["name"],
    answer: (host, { name = "", timeout }) =>
      ask(host, `instance "${name}"`, timeout, (options) => lookUpInstance(host, name, options)),
  },
  getInstances: {
    takes: [],
    answer: async (host, { timeout }) => ({
      instances: await ask(host, "the instances", timeout, (options) => lookUpInstances(host, options)),
    }),
  },
  getImages: {
    takes: ["query", "showUnsupported"],
    async answer(host, { query, showUnsupported = false, timeout }) {
      const images = await ask(host, "the images", timeout, (options) =>
        findSafely(host, systemClock, host.catalogue(), {
          ...options,
          showUnsupported,
          ...(query === undefined ? {} : { query }),
        }),
      );
      return {
        images: Object.entries(images).map(([name, { os, release, version, aliases, remote }]) => ({
          ...{ name, os, release, version, aliases, remote },
        })),
      };
    },
  },
  getNetworks: {
    takes: [],
    async answer(host, { timeout }) {
      const networks = await ask(host, "the networks", timeout, (options) => host.driver.networks(options));
      return { networks: networks.map(({ name, type, description }) => ({ name, type, description })) };
    },
  },
  getVersion: {
    takes: [],
    async answer(host, { timeout }) {
      const { client, daemon } = await ask(host, "the version", timeout, (options) =>
        host.driver.version(options),
      );
      return { client: client.text, daemon: daemon?.text };
    },
  },
};

/** @throws MultipassError if there is no answer */
export async function invoke(token: string, args: Properties, run: Run): Promise<object> {
  const lookup = FUNCTIONS[nameIn(token)];
  if (!lookup) throw new Unimplemented(`unknown function ${token}`);
  refuseUnknown(args, ["timeout", "multipassPath", "host", ...lookup.takes]);
  const given: Arguments = args;
  return lookup.answer(run.multipass(given), given);
}

/** The ids of everything of one type that can be imported. */
export async function idsOf(token: string, run: Run): Promise<string[]> {
  const { list }: Partial<Resource> = (resources as Record<string, Resource>)[nameIn(token)] ?? {};
  if (!list) throw new Unimplemented(`${token} cannot be listed`);
  const host = run.multipass({});
  return (await ask(host, "what there is", undefined, (options) => list(host, options))).sort();
}
