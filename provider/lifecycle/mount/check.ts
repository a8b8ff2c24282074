import * as v from "valibot";
import { type CheckResult, guestPath, hostPath, validate } from "../check.ts";
import { flag, machineEntries, withoutProvider } from "../common.ts";
import { mount } from "../instance/check.ts";
import { isUnknown } from "../unknown.ts";
import type { MountInputs } from "./model.ts";

const schema = v.strictObject({
  ...mount.entries,
  allowRestart: v.optional(flag),
  instanceDeclaresMounts: v.optional(v.boolean()),
  ...machineEntries,
});

/** Validates the arguments and makes the paths absolute. */
export function checkMount(args: Record<string, unknown>): CheckResult<MountInputs> {
  const { instanceDeclaresMounts, ...news } = withoutProvider(args);
  const failures = validate(schema, news);
  if (instanceDeclaresMounts === true) {
    failures.push({
      property: "instance",
      reason:
        "has the argument `mounts`, which says what all of its mounts are, so that it would take this one away again: say it in one place, with `mounts` or with `Mount` resources",
    });
  }
  if (failures.length === 0) {
    if (!isUnknown(news["source"])) news["source"] = hostPath(news["source"] as string);
    if (!isUnknown(news["target"])) news["target"] = guestPath(news["target"] as string);
  }
  return { inputs: news as unknown as MountInputs, failures };
}
