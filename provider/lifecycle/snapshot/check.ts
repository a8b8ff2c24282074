import * as v from "valibot";
import { automaticName, type CheckResult, instanceName, validate } from "../check.ts";
import { flag, machineEntries, withoutProvider } from "../common.ts";
import type { SnapshotInputs } from "./model.ts";

const schema = v.strictObject({
  // Multipass has one rule for both.
  name: v.optional(instanceName),
  comment: v.optional(
    v.pipe(
      v.string(),
      v.check((comment) => !comment.includes("\n"), "has a line break"),
    ),
  ),
  adopt: v.optional(flag),
  allowRestart: v.optional(flag),
  deletionPolicy: v.optional(v.picklist(["purge", "keep"], 'must be "purge" or "keep"')),
  logicalName: v.optional(v.unknown()),
  ...machineEntries,
});

/** Validates the arguments and completes the name, which is kept across updates. */
export function checkSnapshot(
  olds: { name?: string },
  args: Record<string, unknown>,
): CheckResult<SnapshotInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  news["name"] ??= olds.name ?? automaticName(String(news["logicalName"] ?? "snapshot"));
  return { inputs: news as unknown as SnapshotInputs, failures };
}
