import * as v from "valibot";
import { type CheckResult, validate } from "../check.ts";
import { flag, machineEntries, withoutProvider } from "../common.ts";
import { missingSource, mount, normalised } from "../instance/mounts.ts";
import type { MountInputs } from "./model.ts";

const schema = v.strictObject({
  ...mount.entries,
  allowRestart: v.optional(flag),
  instanceDeclaresMounts: v.optional(v.boolean()),
  ...machineEntries,
});

/** Validates the arguments and makes the paths absolute. */
export function checkMount(
  olds: Partial<MountInputs>,
  args: Record<string, unknown>,
): CheckResult<MountInputs> {
  const { instanceDeclaresMounts, ...news } = withoutProvider(args);
  const failures = validate(schema, news);
  if (instanceDeclaresMounts === true) {
    failures.push({
      property: "instance",
      reason:
        "has the argument `mounts`, which says what all of its mounts are, so that it would take this one away again: say it in one place, with `mounts` or with `Mount` resources",
    });
  }
  if (failures.some(({ property }) => property === "source" || property === "target"))
    return { inputs: news as unknown as MountInputs, failures };
  const inputs = normalised(news as unknown as MountInputs);
  const before = olds.source === undefined ? [] : [olds as MountInputs];
  return { inputs, failures: [...failures, ...missingSource(inputs, before, "source")] };
}
