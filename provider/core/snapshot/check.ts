import { automaticName, type CheckResult, validate } from "../check.ts";
import { type SnapshotInputs, snapshotSchema } from "./model.ts";

/** Validates the arguments and completes the name, which is kept across updates. */
export function checkSnapshot(
  olds: { name?: string },
  args: Record<string, unknown>,
): CheckResult<SnapshotInputs> {
  const { inputs, failures } = validate(snapshotSchema, args);
  const name = inputs.name ?? olds.name ?? automaticName(inputs.logicalName ?? "snapshot");
  return { inputs: { ...inputs, name }, failures };
}
