import type * as v from "valibot";
import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { aliasesSchema } from "./schema.ts";

/** The user's aliases by context, and the active context. */
export type Aliases = v.InferOutput<typeof aliasesSchema>;

export async function listAliases(driver: Driver, options: CallOptions = {}): Promise<Aliases> {
  return driver.ask(aliasesSchema, ["aliases"], options);
}

/**
 * Adds an alias to the active context.
 *
 * @param map if the host's working directory lies in a mount, run the command in the matching guest folder
 */
export async function addAlias(
  driver: Driver,
  alias: { name: string; instance: string; command: string; map: boolean },
  options: CallOptions = {},
): Promise<void> {
  const flags = alias.map ? [] : ["--no-map-working-directory"];
  const program = `${alias.instance}:${alias.command}`;
  await driver.call(["alias", ...flags, program, alias.name], QUESTION_MS, options);
}

/** Removes one alias, by its name in the active context or as `CONTEXT.NAME`. */
export async function removeAlias(driver: Driver, name: string, options: CallOptions = {}): Promise<void> {
  await driver.call(["unalias", name], QUESTION_MS, options);
}
