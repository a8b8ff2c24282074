import * as v from "valibot";
import { guestPath, instanceName } from "../check.ts";
import { COMMON, flag, text } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";

const account = v.pipe(
  v.string('must be a string, such as "root"'),
  v.regex(/^[A-Za-z0-9_][\w.-]*$/, "must be a name or a number"),
);

/** The diff compares the content, by digest, with what is in the guest. */
export const FILE = {
  instance: argument(instanceName, { change: "replace", secret: "public" }),
  /** Absolute, in the guest. */
  path: argument(
    v.pipe(
      text,
      v.check((path) => !/[\0\n]/.test(path), "has a line break"),
      v.check((path) => guestPath(path) !== "/", "is the root folder"),
    ),
    { change: "replace", secret: "marked" },
  ),
  content: argument(v.optional(v.string("must be a string; use `source` for anything else")), {
    change: "never",
    secret: "marked",
  }),
  /** Path of a file on the host, or a Pulumi asset or archive. */
  source: argument(v.optional(v.unknown()), { change: "record", secret: "marked" }),
  /** Folder on the host. */
  directory: argument(v.optional(text), { change: "record", secret: "marked" }),
  /** Four octal digits. */
  mode: argument(
    v.optional(
      v.pipe(
        v.string('must be a string, such as "0644"'),
        v.regex(/^0?[0-7]{3,4}$/, 'is not a file mode: write it in octal digits, as "0644"'),
      ),
    ),
    { change: "update", secret: "marked" },
  ),
  user: argument(v.optional(account), { change: "update", secret: "marked" }),
  group: argument(v.optional(account), { change: "update", secret: "marked" }),
  parents: argument(v.optional(flag), { change: "record", secret: "marked" }),
  deletionPolicy: argument(v.optional(v.picklist(["delete", "keep"], 'must be "delete" or "keep"')), {
    change: "record",
    secret: "marked",
  }),
  ...COMMON,
};

/** `644` → `0644`. */
export function octal(mode: string): string {
  return mode.replace(/^0+/, "").padStart(4, "0");
}

export interface FileInputs extends ArgumentsOf<typeof FILE> {
  /** Digest of `source` or `directory`, added by the check so that changed content shows as a change. */
  sourceHash?: string;
}

export interface FileState extends FileInputs {
  /** Digest of the content in the guest. */
  sha256: string;
  /** Digests of the files that we put into the folder, by path. An empty folder's path ends with a slash. */
  files?: Record<string, string>;
  /** Whether we made the folder itself, and must remove it with its files. */
  madeFolder?: boolean;
}
