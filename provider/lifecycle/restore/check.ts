import * as v from "valibot";
import { type CheckResult, instanceName, validate } from "../check.ts";
import { flag, machineEntries, trigger, withoutProvider } from "../common.ts";
import { isUnknown } from "../unknown.ts";
import type { RestoreInputs } from "./model.ts";

const schema = v.strictObject({
  snapshot: instanceName,
  trigger: v.optional(trigger),
  discardCurrentState: flag,
  allowRestart: v.optional(flag),
  ...machineEntries,
});

export function checkRestore(args: Record<string, unknown>): CheckResult<RestoreInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  if (
    failures.length === 0 &&
    news["discardCurrentState"] !== true &&
    !isUnknown(news["discardCurrentState"])
  ) {
    failures.push({
      property: "discardCurrentState",
      reason:
        "must be true: a restore discards all that the machine has become since the snapshot, and nothing brings it back",
    });
  }
  return { inputs: news as unknown as RestoreInputs, failures };
}
