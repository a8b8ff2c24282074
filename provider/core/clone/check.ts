import { automaticName, type CheckResult, validate } from "../check.ts";
import { asFailures, type Plan, refusalsOf } from "../instance/refusals.ts";
import { isUnknown } from "../unknown.ts";
import { type CloneInputs, cloneSchema } from "./model.ts";

/** Validates the arguments and completes the name, which is kept across updates. */
export function checkClone(
  olds: Partial<Pick<CloneInputs, "name" | "source" | "disk" | "deletionPolicy">>,
  args: Record<string, unknown>,
): CheckResult<CloneInputs> {
  const { inputs: given, failures } = validate(cloneSchema, args);
  const name = given.name ?? olds.name ?? automaticName(given.logicalName ?? "clone");
  const inputs = { ...given, name };
  if (!isUnknown(name) && name === inputs.source) {
    failures.push({ property: "name", reason: "is the name of the source: give the copy another" });
  }
  const isReplaced = olds.source !== undefined && !isUnknown(inputs.source) && olds.source !== inputs.source;
  const changes: Plan["changes"] = [
    { property: "disk", verdict: "restart" },
    ...(isReplaced ? [{ property: "source", verdict: "replace" } as const] : []),
  ];
  const refused =
    olds.name === name ? refusalsOf({ changes, has: olds, asked: { name, disk: inputs.disk } }) : [];
  return { inputs, failures: [...failures, ...asFailures(refused)] };
}
