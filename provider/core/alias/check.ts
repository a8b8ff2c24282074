import { type CheckResult, validate } from "../check.ts";
import { isUnknown } from "../unknown.ts";
import { type AliasInputs, aliasSchema } from "./model.ts";

/** Validates the arguments. The default name is the command's own, as in `multipass alias`. */
export function checkAlias(args: Record<string, unknown>): CheckResult<AliasInputs> {
  const { name: given, command } = args;
  // An invalid command yields no name, and is reported itself.
  const isOwn = given === undefined && typeof command === "string" && /^\S+$/.test(command);
  const own = isOwn ? { name: isUnknown(command) ? command : command.split("/").at(-1) } : {};
  const { inputs, failures } = validate(aliasSchema, { ...args, ...own });
  for (const failure of failures) {
    if (isOwn && failure.property === "name") {
      failure.reason += ", and the last part of `command`, which it defaults to, is not: set `name`";
    }
  }
  // The name is only missing if the command is invalid, which is reported itself.
  return { inputs: { ...inputs, name: inputs.name as string }, failures };
}
