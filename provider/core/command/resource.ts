import { randomBytes } from "node:crypto";
import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { type CheckResult, validate } from "../check.ts";
import { InitializationError } from "../context.ts";
import { difference, needsUpdate, type Properties } from "../description.ts";
import { findInstance, undoIn } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { isUnknown } from "../unknown.ts";
import { COMMAND, type CommandInputs, type CommandState } from "./model.ts";
import { returnedFiles } from "./returned-files.ts";
import { runInGuest } from "./run.ts";

export const command = new DescribedResource<CommandInputs, CommandState>({
  id: ({ instance }) => `${instance}/${randomBytes(4).toString("hex")}`,
  check: (_olds, news) => checkCommand(news),
  diff: (olds, news) => difference(olds, news, COMMAND),
  // As in @pulumi/command, the old delete command runs first only if the instance itself is replaced.
  coexists: () => true,
  create: createCommand,
  read: readCommand,
  update: updateCommand,
  delete: deleteCommand,
  import: "Declare the command: `pulumi up` runs it, and records what it prints.",
  outcome: ({ exitCode }) => `exited with code ${exitCode}`,
  deletion: () => "done",
  restorable: { in: ({ instance }) => instance },
});

/** Validates the arguments. A string is run as a script only if the program says by what. */
export function checkCommand(args: Properties): CheckResult<CommandInputs> {
  const { inputs, failures } = validate(COMMAND, args);
  const { shell, interpreter } = inputs;
  if (isUnknown(shell) || isUnknown(interpreter)) return { inputs, failures };
  const hasInterpreter = Array.isArray(interpreter) && interpreter.length > 0;
  if (shell === true && hasInterpreter) {
    failures.push({ property: "interpreter", reason: "replaces `shell`: leave one of them out" });
    return { inputs, failures };
  }
  for (const property of ["create", "update", "delete"] as const) {
    const { [property]: value } = inputs;
    if (isUnknown(value)) continue;
    if (typeof value === "string" && value !== "" && shell !== true && !hasInterpreter) {
      failures.push({
        property,
        reason: "is a string, which only a shell can run: pass a list of words, or set `shell: true`",
      });
    }
    if (Array.isArray(value) && (shell === true || hasInterpreter)) {
      failures.push({
        property,
        reason: hasInterpreter
          ? "is a list of words, and an `interpreter` runs a script: pass a string"
          : "is a list of words, which needs no shell: leave `shell` out, or pass a string",
      });
    }
  }
  return { inputs, failures };
}

async function createCommand(op: Operation, inputs: CommandInputs): Promise<CommandState> {
  const headline = `Unable to run the create command in instance "${inputs.instance}"`;
  const outcome = await op.under(headline, () => runInGuest(op, inputs, inputs.create, undefined));
  return withFiles(op, { ...inputs, ...outcome });
}

/** Adds the files to return. A command that has run stays in the state, so that it does not run again. */
async function withFiles(op: Operation, state: CommandState): Promise<CommandState> {
  try {
    const headline = `Unable to return the files of the command in instance "${state.instance}"`;
    return { ...state, ...(await op.under(headline, () => returnedFiles(op, state))) };
  } catch (error) {
    throw new InitializationError(state, error as Error);
  }
}

/** Runs `update`, or `create` if there is none, unless no change affects the command. */
async function updateCommand(op: Operation, olds: CommandState, news: CommandInputs): Promise<CommandState> {
  const { stdout, stderr, exitCode, assets, archive } = olds;
  const previous = { stdout, stderr, exitCode };
  if (!needsUpdate(difference(olds, news, COMMAND))) {
    const lacksFiles = (news.assetPaths && !assets) || (news.archivePaths && !archive);
    if (lacksFiles) return withFiles(op, { ...news, ...previous });
    return { ...news, ...previous, ...(assets && { assets }), ...(archive && { archive }) };
  }
  const headline = `Unable to run the update command in instance "${news.instance}"`;
  const outcome = await op.under(headline, () => runInGuest(op, news, news.update ?? news.create, previous));
  return withFiles(op, { ...news, ...outcome });
}

/** What a command did disappears only with its instance. */
async function readCommand(op: Operation, state: CommandState): Promise<CommandState | undefined> {
  const instance = await op.under(`Unable to look for instance "${state.instance}"`, () =>
    findInstance(op, state.instance),
  );
  return instance && state;
}

async function deleteCommand(op: Operation, state: CommandState): Promise<void> {
  if (state.delete === undefined) return;
  const headline = `Unable to run the delete command in instance "${state.instance}"`;
  const { instance, delete: command } = state;
  const undo = async () => {
    await runInGuest(op, state, command, state).catch((error) => {
      throw isMultipassError(error, "instance-not-running") ? withWaysOut(error) : error;
    });
  };
  await op.under(headline, () => undoIn(op, instance, undo));
}

/** Never skipped: unlike a file, a command may act on something outside of the instance. */
const withWaysOut = (error: MultipassError) =>
  new MultipassError(error.summary, {
    ...error,
    remedy: `${error.remedy} A command that need not run when the instance is deleted has the option \`deletedWith\`.`,
  });
