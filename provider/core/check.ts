import { createHash, randomBytes } from "node:crypto";
import { posix, resolve, sep } from "node:path";
import * as v from "valibot";
import { MIB, parseSize } from "../driver/size.ts";
import {
  type ArgumentsOf,
  type CheckFailure,
  type Description,
  type Properties,
  schemaOf,
} from "./description.ts";
import { parseDuration } from "./operation/deadline.ts";
import { hasUnknown } from "./unknown.ts";
import { argumentsIn, below, unknownArguments } from "./unknown-arguments.ts";

export interface CheckResult<T> {
  inputs: T;
  failures: CheckFailure[];
}

/**
 * Multipass's rule for names. It sets no maximum length, but a guest's host name has one (63).
 * Source: canonical/multipass `src/utils/utils.cpp`, `valid_hostname`.
 */
export const instanceName = v.pipe(
  v.string(),
  v.regex(
    /^(?:[a-zA-Z]|[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9])$/,
    "must begin with a letter, end with a letter or digit, and contain only letters, digits and hyphens",
  ),
  v.maxLength(63, "must have at most 63 characters, like every host name"),
);

export function size(minimum: number) {
  return v.pipe(
    v.string('must be a string with a unit, such as "2G" or "512M"'),
    v.check((text) => parseSize(text) !== undefined, 'is not a size: write it as "2G", "1.5G" or "512MiB"'),
    v.check(
      (text) => (parseSize(text) ?? minimum) >= minimum,
      `is less than Multipass's minimum of ${minimum / MIB}M`,
    ),
  );
}

export const duration = v.pipe(
  v.string('must be a string, such as "90s" or "10m"'),
  v.check((text) => (parseDuration(text) ?? 0) > 0, 'is not a duration: write it as "90s", "10m" or "1h30m"'),
);

/**
 * Validates a program's arguments and finds every mistake at once. A value that is or holds an unknown
 * passes, and is checked again once known.
 *
 * @returns a copy of the arguments, with the type that they have once all are known and valid
 */
export function validate<D extends Description>(
  description: D,
  args: Properties,
): CheckResult<ArgumentsOf<D>> {
  const schema = schemaOf(description);
  const news = { ...args };
  const { issues = [] } = v.safeParse(schema, news, { message: reasonFor });
  const failures = new Map<string, CheckFailure>();
  for (const failure of unknownArguments(schema, news)) failures.set(failure.property, failure);
  for (const issue of issues) {
    const keys = (issue.path ?? []).map(({ key }) => key as string | number);
    const property = pathOf(keys);
    if (isUnknownKey(issue) || hasUnknown(issue.input) || failures.has(property)) continue;
    const failure = { property, reason: issue.message };
    const declared = argumentsIn(schema, keys);
    const isDeclared = declared.length === keys.length;
    const ifSecret = { property: pathOf(declared), reason: `has an entry that ${issue.message}` };
    failures.set(property, isDeclared ? failure : { ...failure, ifSecret });
  }
  return { inputs: news as ArgumentsOf<D>, failures: [...failures.values()] };
}

const isUnknownKey = (issue: v.BaseIssue<unknown>) =>
  issue.type === "strict_object" && issue.expected === "never";

/** The message for schemas without one. Valibot's own would repeat the value. */
function reasonFor(issue: v.BaseIssue<unknown>): string {
  if (issue.received === "undefined") return "is required";
  if (issue.type === "string") return "must be a string";
  if (issue.type === "array") return "must be a list";
  return issue.kind === "schema" ? "must be an object" : "is not valid";
}

const pathOf = (keys: readonly (string | number)[]) => keys.reduce<string>(below, "");

/** A name like Pulumi's automatic ones: what Multipass allows of the logical name, and a random suffix. */
export function automaticName(logicalName: string, nameSeed?: string): string {
  const prefix = logicalName
    .replace(/[^a-zA-Z0-9-]+/g, "-")
    .replace(/^[^a-zA-Z]+/, "")
    .slice(0, 55)
    .replace(/-+$/, "");
  const random = nameSeed === undefined ? randomBytes(4) : createHash("sha256").update(nameSeed).digest();
  return `${prefix || "instance"}-${random.toString("hex").slice(0, 7)}`;
}

/** A folder of the host as an absolute path, resolved against the program's own folder. */
export function hostPath(path: string): string {
  // Multipass stores it without a trailing slash, and on Windows with forward slashes.
  const absolute = resolve(path);
  return sep === "\\" ? absolute.replaceAll("\\", "/") : absolute;
}

/** A path in the guest as Multipass reads it. A relative one begins in the home folder of `ubuntu`. */
export function guestPath(path: string): string {
  return posix.resolve("/home/ubuntu", path);
}
