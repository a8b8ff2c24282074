import type * as v from "valibot";
import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { aliasesSchema, parseJson } from "./schema.ts";

/** The user's aliases by context, and the active context. */
export type Aliases = v.InferOutput<typeof aliasesSchema>;

export async function listAliases(driver: Driver, options: CallOptions = {}): Promise<Aliases> {
  return parseJson(
    aliasesSchema,
    await driver.call(["aliases", "--format", "json"], QUESTION_MS, options),
    "aliases",
  );
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
  await driver.call(
    ["alias", ...flags, `${alias.instance}:${alias.command}`, alias.name],
    QUESTION_MS,
    options,
  );
}

/** Removes one alias, by its name in the active context or as `CONTEXT.NAME`. */
export async function removeAlias(driver: Driver, name: string, options: CallOptions = {}): Promise<void> {
  await driver.call(["unalias", name], QUESTION_MS, options);
}
