import * as v from "valibot";
import { type CheckResult, validate } from "../check.ts";
import { flag, hiddenEntries, withoutProvider } from "../common.ts";
import { isUnknown } from "../unknown.ts";
import type { SettingInputs } from "./model.ts";

const schema = v.strictObject({
  key: v.pipe(
    v.string(),
    v.regex(/^(?:local|client)\.[a-z][a-z0-9.-]*$/, 'is not the key of a setting, such as "local.driver"'),
    v.check(
      (key) => !/^local\.[^.]+\.(?:cpus|memory|disk|bridged)$/.test(key),
      "is a property of one instance: say it with the arguments of `Instance`",
    ),
    v.check(
      (key) => !/^local\.[^.]+\.[^.]+\.(?:name|comment)$/.test(key),
      "is a property of one snapshot: say it with the arguments of `Snapshot`",
    ),
  ),
  value: v.pipe(
    v.string('must be a string, such as "true"'),
    v.check((value) => !value.includes("\n"), "has a line break"),
  ),
  allowRunningInstances: v.optional(flag),
  deletionPolicy: v.optional(v.picklist(["restore", "keep"], 'must be "restore" or "keep"')),
  ...hiddenEntries,
});

export function checkSetting(args: Record<string, unknown>): CheckResult<SettingInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  const { key, value } = news;
  if (
    key === "local.image.mirror" &&
    typeof value === "string" &&
    !isUnknown(value) &&
    !/^(?:https:\/\/.*)?$/.test(value)
  ) {
    failures.push({ property: "value", reason: "must be an https:// URL, or empty for none" });
  }
  return { inputs: news as unknown as SettingInputs, failures };
}
