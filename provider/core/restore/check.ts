import { type CheckResult, validate } from "../check.ts";
import { isUnknown } from "../unknown.ts";
import { type RestoreInputs, restoreSchema } from "./model.ts";

export function checkRestore(args: Record<string, unknown>): CheckResult<RestoreInputs> {
  const { inputs, failures } = validate(restoreSchema, args);
  const { discardCurrentState } = inputs;
  if (failures.length === 0 && discardCurrentState !== true && !isUnknown(discardCurrentState)) {
    failures.push({
      property: "discardCurrentState",
      reason:
        "must be true: a restore discards all that the machine has become since the snapshot, and nothing brings it back",
    });
  }
  return { inputs, failures };
}
