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
        "has to be a word without dots, colons and slashes, no hyphen first",
      ),
    ),
  ),
  command: v.pipe(
    text,
    v.regex(
      /^\S+$/,
      "has to be one word: the program; its arguments are those that the alias is called with",
    ),
  ),
  workingDirectory: v.optional(v.picklist(["map", "default"], 'has to be "map" or "default"')),
  ...machineEntries,
});

/** Validates the arguments; the name is the command's own, as in `multipass alias`, unless there is another. */
export function checkAlias(args: Record<string, unknown>): CheckResult<AliasInputs> {
  const news = withoutProvider(args);
  const { name, command } = news;
  // Of a command that is none, that is all there is to say.
  const isOwn = name === undefined && typeof command === "string" && /^\S+$/.test(command);
  if (isOwn) news["name"] = isUnknown(command) ? command : command.split("/").at(-1);
  const failures = validate(schema, news).map(({ property, reason }) =>
    isOwn && property === "name"
      ? { property, reason: `is "${news["name"]}", as the command, and ${reason}: say another` }
      : { property, reason },
  );
  return { inputs: news as unknown as AliasInputs, failures };
}
