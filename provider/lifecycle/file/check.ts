import * as v from "valibot";
import { unreadable } from "../asset.ts";
import { type CheckResult, guestPath, validate } from "../check.ts";
import { flag, machineEntries, text, withoutProvider } from "../common.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import type { FileInputs } from "./model.ts";
import { folderHash, readFolder, readSource, sha256 } from "./source.ts";

const account = v.pipe(
  v.string('must be a string, such as "root"'),
  v.regex(/^[A-Za-z0-9_][\w.-]*$/, "must be a name or a number"),
);

const schema = v.strictObject({
  path: v.pipe(
    text,
    v.check((path) => !/[\0\n]/.test(path), "has a line break"),
    v.check((path) => guestPath(path) !== "/", "is the root folder"),
  ),
  content: v.optional(v.string("must be a string; use `source` for anything else")),
  source: v.optional(v.unknown()),
  directory: v.optional(text),
  mode: v.optional(
    v.pipe(
      v.string('must be a string, such as "0644"'),
      v.regex(/^0?[0-7]{3,4}$/, 'is not a file mode: write it in octal digits, as "0644"'),
    ),
  ),
  user: v.optional(account),
  group: v.optional(account),
  parents: v.optional(flag),
  deletionPolicy: v.optional(v.picklist(["delete", "keep"], 'must be "delete" or "keep"')),
  ...machineEntries,
});

/** Validates the arguments, reads what is to be sent, and adds its digest. */
export function checkFile(args: Record<string, unknown>): CheckResult<FileInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  const sources = ["content", "source", "directory"].filter((one) => news[one] !== undefined);
  if (sources.length !== 1) {
    failures.push({
      property: "",
      reason: "Exactly one of content, source and directory must be set",
    });
  }
  const isSound = !failures.some(({ property }) => property === "path") && !isUnknown(news["path"]);
  if (isSound && news["directory"] === undefined && /(?:^|\/)\.{0,2}$/.test(news["path"] as string)) {
    failures.push({ property: "path", reason: "names a folder: add the name of the file" });
  }
  if (news["directory"] !== undefined && news["mode"] !== undefined) {
    failures.push({
      property: "mode",
      reason:
        "is for a single file; the files of a directory are 0755 where they can be executed here, else 0644",
    });
  }
  if (failures.length === 0) {
    if (!isUnknown(news["path"])) news["path"] = guestPath(news["path"] as string);
    if (typeof news["mode"] === "string" && !isUnknown(news["mode"])) news["mode"] = octal(news["mode"]);
    for (const property of ["source", "directory"] as const) {
      const value = news[property];
      if (value === undefined || hasUnknown(value)) continue;
      try {
        news["sourceHash"] =
          property === "source" ? sha256(readSource(value)) : folderHash(readFolder(value as string));
      } catch (error) {
        failures.push(unreadable(property, error));
      }
    }
  }
  return { inputs: news as unknown as FileInputs, failures };
}

/** `644` → `0644`. */
export function octal(mode: string): string {
  return mode.replace(/^0+/, "").padStart(4, "0");
}
