import type * as v from "valibot";
import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { callClient } from "./run.ts";
import { aliasesSchema, parseJson } from "./schema.ts";

/** Every alias of the user by context, and the context that commands act on. */
export type Aliases = v.InferOutput<typeof aliasesSchema>;

export async function listAliases(driver: Driver, options: CallOptions = {}): Promise<Aliases> {
  return parseJson(aliasesSchema, await call(driver, ["aliases", "--format", "json"], options), "aliases");
}

/**
 * Adds an alias to the active context.
 *
 * @param map whether the command runs in the guest's view of the host's working directory, where that lies in a mount
 */
export async function addAlias(
  driver: Driver,
  alias: { name: string; instance: string; command: string; map: boolean },
  options: CallOptions = {},
): Promise<void> {
  const flags = alias.map ? [] : ["--no-map-working-directory"];
  await call(driver, ["alias", ...flags, `${alias.instance}:${alias.command}`, alias.name], options);
}

/** Removes one alias, of the active context or by `CONTEXT.NAME` of another. */
export async function removeAlias(driver: Driver, name: string, options: CallOptions = {}): Promise<void> {
  await call(driver, ["unalias", name], options);
}

function call(driver: Driver, args: string[], options: CallOptions): Promise<string> {
  return callClient(driver.client, {
    env: driver.env,
    args,
    timeoutMs: options.timeoutMs ?? QUESTION_MS,
    signal: options.signal,
  });
}
