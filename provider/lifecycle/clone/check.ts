import * as v from "valibot";
import { MIB, shrinks } from "../../multipass/size.ts";
import { automaticName, type CheckResult, instanceName, size, validate } from "../check.ts";
import { flag, hiddenEntries, withoutProvider } from "../common.ts";
import { KEPT_NAME, positive, readiness, shrinking } from "../instance/check.ts";
import { isUnknown } from "../unknown.ts";
import type { CloneInputs } from "./model.ts";

const schema = v.strictObject({
  source: instanceName,
  name: v.optional(instanceName),
  cpus: v.optional(positive),
  memory: v.optional(size(128 * MIB, "128M")),
  disk: v.optional(size(512 * MIB, "512M")),
  powerState: v.optional(v.picklist(["running", "stopped"], 'must be "running" or "stopped"')),
  adopt: v.optional(flag),
  allowRestart: v.optional(flag),
  deletionPolicy: v.optional(v.picklist(["purge", "keep"], 'must be "purge" or "keep"')),
  readiness: v.optional(readiness),
  logicalName: v.optional(v.unknown()),
  ...hiddenEntries,
});

/** Validates the arguments and completes the name, which is kept across updates. */
export function checkClone(
  olds: Partial<Pick<CloneInputs, "name" | "source" | "disk" | "deletionPolicy">>,
  args: Record<string, unknown>,
): CheckResult<CloneInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  news["name"] ??= olds.name ?? automaticName(String(news["logicalName"] ?? "clone"));
  if (!isUnknown(news["name"]) && news["name"] === news["source"]) {
    failures.push({ property: "name", reason: "is the name of the source: give the copy another" });
  }
  const inputs = news as unknown as CloneInputs;
  if (olds.name === inputs.name && shrinks(olds.disk, inputs.disk)) {
    failures.push(shrinking(olds.disk, inputs.disk, "Keep its size or more"));
  }
  const isReplaced = olds.source !== undefined && !isUnknown(inputs.source) && olds.source !== inputs.source;
  if (isReplaced && olds.name === inputs.name && olds.deletionPolicy === "keep") {
    failures.push({ property: "source", reason: KEPT_NAME });
  }
  return { inputs, failures };
}
