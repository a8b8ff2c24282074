import { type CheckResult, validate } from "../check.ts";
import { missingSource, normalised } from "../instance/mounts.ts";
import { type MountInputs, mountSchema } from "./model.ts";

/** Validates the arguments and makes the paths absolute. */
export function checkMount(
  olds: Partial<MountInputs>,
  args: Record<string, unknown>,
): CheckResult<MountInputs> {
  const { inputs: given, failures } = validate(mountSchema, args);
  const { instanceDeclaresMounts, ...inputs } = given;
  if (instanceDeclaresMounts === true) {
    failures.push({
      property: "instance",
      reason:
        "has the argument `mounts`, which says what all of its mounts are, so that it would take this one away again: say it in one place, with `mounts` or with `Mount` resources",
    });
  }
  if (failures.some(({ property }) => property === "source" || property === "target"))
    return { inputs, failures };
  const { source, target } = olds;
  const before = source === undefined || target === undefined ? [] : [{ source, target }];
  const absolute = normalised(inputs);
  return { inputs: absolute, failures: [...failures, ...missingSource(absolute, before, "source")] };
}
