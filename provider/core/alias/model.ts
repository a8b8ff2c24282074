import * as v from "valibot";
import { instanceName } from "../check.ts";
import { COMMON, text } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";

export const ALIAS = {
  instance: argument(instanceName, { change: "update", secret: "public" }),
  /** Must not contain a dot: Multipass would read the part before it as a context, and not find the alias. */
  name: argument(
    v.optional(
      v.pipe(
        text,
        v.regex(
          /^[^\s./:\\-][^\s./:\\]*$/,
          "must be a word without dots, colons or slashes that does not begin with a hyphen",
        ),
      ),
    ),
    { change: "replace", secret: "public" },
  ),
  command: argument(
    v.pipe(
      text,
      v.regex(/^\S+$/, "must be a single word, the program: arguments are given when the alias is called"),
    ),
    { change: "update", secret: "marked" },
  ),
  workingDirectory: argument(v.optional(v.picklist(["map", "default"], 'must be "map" or "default"')), {
    change: (asked = "map", was = "map") => (asked === was ? undefined : "update"),
    secret: "marked",
  }),
  ...COMMON,
};

export interface AliasInputs extends ArgumentsOf<typeof ALIAS> {
  name: string;
}

export interface AliasState extends AliasInputs {
  /** The context that was active when the alias was made. */
  context: string;
}
