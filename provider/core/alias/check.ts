import { type CheckResult, validate } from "../check.ts";
import { isUnknown } from "../unknown.ts";
import { type AliasInputs, aliasSchema } from "./model.ts";

/** Validates the arguments. Unless there is a name, it is the command's own, as in `multipass alias`. */
export function checkAlias(args: Record<string, unknown>): CheckResult<AliasInputs> {
  const { name: given, command } = args;
  // A bad command gives no name, and is reported itself.
  const isOwn = given === undefined && typeof command === "string" && /^\S+$/.test(command);
  const own = isOwn ? { name: isUnknown(command) ? command : command.split("/").at(-1) } : {};
  const { inputs, failures } = validate(aliasSchema, { ...args, ...own });
  for (const failure of failures) {
    if (isOwn && failure.property === "name") {
      failure.reason += ", and the last part of `command`, which it defaults to, is not: set `name`";
    }
  }
  // Only a command that is reported itself has left it without a name.
  return { inputs: { ...inputs, name: inputs.name as string }, failures };
}
