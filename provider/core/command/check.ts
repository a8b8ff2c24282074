import { type CheckResult, validate } from "../check.ts";
import { isUnknown } from "../unknown.ts";
import { type CommandInputs, commandSchema } from "./model.ts";

/** Validates the arguments. A string is run as a shell script only if the program says so. */
export function checkCommand(args: Record<string, unknown>): CheckResult<CommandInputs> {
  const { inputs, failures } = validate(commandSchema, args);
  for (const property of ["create", "update", "delete"] as const) {
    const { [property]: value, shell } = inputs;
    if (isUnknown(value) || isUnknown(shell)) continue;
    if (typeof value === "string" && value !== "" && shell !== true) {
      failures.push({
        property,
        reason: "is a string, which only a shell can run: pass a list of words, or set `shell: true`",
      });
    }
    if (Array.isArray(value) && shell === true) {
      failures.push({
        property,
        reason: "is a list of words, which needs no shell: leave `shell` out, or pass a string",
      });
    }
  }
  return { inputs, failures };
}
