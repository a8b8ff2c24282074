import * as v from "valibot";
import { type CheckResult, validate } from "../check.ts";
import { flag, machineEntries, text, trigger, withoutProvider } from "../common.ts";
import { isUnknown } from "../unknown.ts";
import type { CommandInputs } from "./model.ts";

const commandLine = v.union(
  [text, v.pipe(v.array(v.string()), v.minLength(1, "is empty"))],
  'must be a list of words, such as ["systemctl", "restart", "nginx"], or a string with `shell: true`',
);

const variable = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "is not the name of a variable: use letters, digits and underscores, and do not begin with a digit",
  ),
);

const exitCode = v.pipe(
  v.number("must be a number"),
  v.integer("must be a whole number"),
  v.minValue(0, "must be 0 to 255"),
  v.maxValue(255, "must be 0 to 255"),
);

const schema = v.strictObject({
  create: commandLine,
  update: v.optional(commandLine),
  delete: v.optional(commandLine),
  shell: v.optional(flag),
  environment: v.optional(v.record(variable, v.string())),
  stdin: v.optional(v.string()),
  workingDirectory: v.optional(text),
  triggers: v.optional(v.array(trigger, "must be a list")),
  acceptedExitCodes: v.optional(v.pipe(v.array(exitCode, "must be a list"), v.minLength(1, "is empty"))),
  addPreviousOutputInEnv: v.optional(flag),
  ...machineEntries,
});

/** Validates the arguments. A text is never taken for a shell script unless that was said. */
export function checkCommand(args: Record<string, unknown>): CheckResult<CommandInputs> {
  const news = withoutProvider(args);
  const failures = validate(schema, news);
  for (const property of ["create", "update", "delete"]) {
    const value = news[property];
    if (isUnknown(value) || isUnknown(news["shell"])) continue;
    if (typeof value === "string" && value !== "" && news["shell"] !== true) {
      failures.push({
        property,
        reason: "is a string, which only a shell can run: pass a list of words, or set `shell: true`",
      });
    }
    if (Array.isArray(value) && news["shell"] === true) {
      failures.push({
        property,
        reason: "is a list of words, which needs no shell: leave `shell` out, or pass a string",
      });
    }
  }
  return { inputs: news as unknown as CommandInputs, failures };
}
