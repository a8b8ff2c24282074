import { type CheckResult, validate } from "../check.ts";
import { isUnknown } from "../unknown.ts";
import { type SettingInputs, settingSchema } from "./model.ts";

export function checkSetting(args: Record<string, unknown>): CheckResult<SettingInputs> {
  const { inputs, failures } = validate(settingSchema, args);
  const { key, value } = inputs;
  const isText = typeof value === "string" && !isUnknown(value);
  if (key === "local.image.mirror" && isText && !/^(?:https:\/\/.*)?$/.test(value)) {
    failures.push({ property: "value", reason: "must be an https:// URL, or empty for none" });
  }
  return { inputs, failures };
}
