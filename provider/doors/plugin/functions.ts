import type { Properties } from "../../core/description.ts";
import type { HostInput } from "../../core/host.ts";
import { ask, LOOKUPS, type LookupName, lookUp } from "../../core/lookups.ts";
import type { Resource } from "../../core/resource.ts";
import { resources } from "../../core/resources.ts";
import type { Run } from "../../core/run.ts";
import { plainProperties } from "../values.ts";
import { nameIn } from "./declared.ts";
import { Unimplemented } from "./failures.ts";
import { secretNames } from "./values.ts";

/** @throws MultipassError if there is no answer */
export async function invoke(token: string, given: Properties, run: Run): Promise<object> {
  const name = nameIn(token);
  if (!Object.hasOwn(LOOKUPS, name)) throw new Unimplemented(`unknown function ${token}`);
  const args: { multipassPath?: string; host?: HostInput } = plainProperties(given);
  const found = await lookUp(name as LookupName, args, () => run.multipass(args), secretNames(given));
  // Pulumi's functions return objects, so `getImages` returns its list as `images`.
  return Array.isArray(found) ? { [name.slice("get".length).toLowerCase()]: found } : found;
}

/** The ids of everything of one type that can be imported. */
export async function idsOf(token: string, run: Run): Promise<string[]> {
  const { list }: Partial<Resource> = (resources as Record<string, Resource>)[nameIn(token)] ?? {};
  if (!list) throw new Unimplemented(`${token} cannot be listed`);
  const host = run.multipass({});
  return (await ask(host, "what there is", undefined, (options) => list(host, options))).sort();
}
