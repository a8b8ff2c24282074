import * as v from "valibot";
import { type CheckResult, validate } from "../check.ts";
import { machineEntries, text, withoutProvider } from "../common.ts";
import { isUnknown } from "../unknown.ts";
import type { AliasInputs } from "./model.ts";

/** Multipass takes every file name, but finds one with a dot only in the active context: what is before a dot is a context's name. */
const schema = v.strictObject({
  name: v.optional(
    v.pipe(
      text,
      v.regex(
        /^[^\s./:\\-][^\s./:\\]*$/,
        "must be a word without dots, colons or slashes that does not begin with a hyphen",
      ),
    ),
  ),
  command: v.pipe(
    text,
    v.regex(
      /^\S+$/,
      "must be one word, the program: its arguments are the ones that the alias is called with",
    ),
  ),
  workingDirectory: v.optional(v.picklist(["map", "default"], 'must be "map" or "default"')),
  ...machineEntries,
});

/** Validates the arguments; the name is the command's own, as in `multipass alias`, unless there is another. */
export function checkAlias(args: Record<string, unknown>): CheckResult<AliasInputs> {
  const news = withoutProvider(args);
  const { name, command } = news;
  // A bad command gives no name, and is reported itself.
  const isOwn = name === undefined && typeof command === "string" && /^\S+$/.test(command);
  if (isOwn) news["name"] = isUnknown(command) ? command : command.split("/").at(-1);
  const failures = validate(schema, news);
  for (const failure of failures) {
    if (isOwn && failure.property === "name") {
      failure.reason += ", and the last part of `command`, which it defaults to, is not: set `name`";
    }
  }
  return { inputs: news as unknown as AliasInputs, failures };
}
