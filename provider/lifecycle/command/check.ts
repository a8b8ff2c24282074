import * as v from "valibot";
import { type CheckResult, validate } from "../check.ts";
import { flag, machineEntries, text, trigger, withoutProvider } from "../common.ts";
import { isUnknown } from "../unknown.ts";
import type { CommandInputs } from "./model.ts";

const commandLine = v.union(
  [text, v.pipe(v.array(v.string("has to be text")), v.minLength(1, "is empty"))],
  'has to be a list of words, such as ["systemctl", "restart", "nginx"], or a text with `shell: true`',
);

const variable = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "is no name of a variable: letters, digits and underscores, no digit first",
  ),
);

const exitCode = v.pipe(
  v.number("has to be a number"),
  v.integer("has to be a whole number"),
  v.minValue(0, "has to be 0 to 255"),
  v.maxValue(255, "has to be 0 to 255"),
);

const schema = v.strictObject({
  create: commandLine,
  update: v.optional(commandLine),
  delete: v.optional(commandLine),
  shell: v.optional(flag),
  environment: v.optional(v.record(variable, v.string("has to be text"))),
  stdin: v.optional(v.string("has to be text")),
  workingDirectory: v.optional(text),
  triggers: v.optional(v.array(trigger, "has to be a list")),
  acceptedExitCodes: v.optional(v.pipe(v.array(exitCode, "has to be a list"), v.minLength(1, "is empty"))),
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
        reason: "is a text, which only a shell can run: say so with `shell: true`, or give a list of words",
      });
    }
    if (Array.isArray(value) && news["shell"] === true) {
      failures.push({ property, reason: "is a list of words, which needs no shell: leave `shell` out" });
    }
  }
  return { inputs: news as unknown as CommandInputs, failures };
}
