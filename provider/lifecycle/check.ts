import { randomBytes } from "node:crypto";
import { posix, resolve, sep } from "node:path";
import * as v from "valibot";
import { parseSize } from "../multipass/size.ts";
import { parseDuration } from "../readiness/duration.ts";
import { hasUnknown } from "./unknown.ts";

/** One thing that is wrong with an argument. */
export interface CheckFailure {
  /** Path of the property, as `mounts[0].target`. */
  property: string;
  /** What is wrong, and what would be right. */
  reason: string;
}

export interface CheckResult<T> {
  inputs: T;
  failures: CheckFailure[];
}

/**
 * Multipass's rule for names, which has no upper bound of its own; a guest's host name has (63).
 * Source: canonical/multipass `src/utils/utils.cpp`, `valid_hostname`.
 */
export const instanceName = v.pipe(
  v.string("has to be text"),
  v.regex(
    /^(?:[a-zA-Z]|[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9])$/,
    "has to begin with a letter, end with a letter or digit, and hold only letters, digits and hyphens",
  ),
  v.maxLength(63, "has to have at most 63 characters, as every host name"),
);

export function size(minimum: number, minimumText: string) {
  return v.pipe(
    v.string('has to be text with a unit, such as "2G" or "512M"'),
    v.check((text) => parseSize(text) !== undefined, 'is no size; write it as "2G", "1.5G" or "512MiB"'),
    v.check(
      (text) => (parseSize(text) ?? minimum) >= minimum,
      `is less than Multipass's minimum of ${minimumText}`,
    ),
  );
}

export const duration = v.pipe(
  v.string('has to be text, such as "90s" or "10m"'),
  v.check((text) => (parseDuration(text) ?? 0) > 0, 'is no duration; write it as "90s", "10m" or "1h30m"'),
);

/**
 * Validates `news` against `schema`. A value that is not known yet, or holds one, passes: it is checked again when it is known.
 */
export function validate(schema: v.GenericSchema, news: Record<string, unknown>): CheckFailure[] {
  const result = v.safeParse(schema, news);
  if (result.success) return [];
  const failures = new Map<string, CheckFailure>();
  for (const issue of result.issues) {
    if (hasUnknown(issue.input)) continue;
    const property = pathOf(issue);
    const reason =
      issue.type === "strict_object" && issue.expected === "never"
        ? "is not an argument of this resource"
        : issue.message;
    if (!failures.has(property)) failures.set(property, { property, reason });
  }
  return [...failures.values()];
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  let path = "";
  for (const { key } of issue.path ?? []) {
    path += typeof key === "number" ? `[${key}]` : path === "" ? String(key) : `.${String(key)}`;
  }
  return path;
}

/** A name like Pulumi's own automatic ones: the logical name, as far as Multipass takes it, and a random end. */
export function automaticName(logicalName: string): string {
  const prefix = logicalName
    .replace(/[^a-zA-Z0-9-]+/g, "-")
    .replace(/^[^a-zA-Z]+/, "")
    .slice(0, 55)
    .replace(/-+$/, "");
  return `${prefix || "instance"}-${randomBytes(4).toString("hex").slice(0, 7)}`;
}

/** A folder of the host as an absolute path; the program's own folder is what a relative one starts from. */
export function hostPath(path: string): string {
  // Multipass keeps it without a slash at its end, and on Windows with forward ones.
  const absolute = resolve(path);
  return sep === "\\" ? absolute.replaceAll("\\", "/") : absolute;
}

/** A path in the guest as Multipass understands it: absolute, or under the home folder of the user `ubuntu`. */
export function guestPath(path: string): string {
  return posix.resolve("/home/ubuntu", path);
}
