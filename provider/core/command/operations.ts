import { randomBytes } from "node:crypto";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { findMachine, undoIn } from "../machine.ts";
import type { Operation } from "../operation/operation.ts";
import { COMMAND, type CommandInputs, type CommandState } from "./model.ts";
import { runInGuest } from "./run.ts";

export async function createCommand(
  op: Operation,
  inputs: CommandInputs,
): Promise<{ id: string; outs: CommandState }> {
  const outcome = await op.under(`Unable to run the create command in instance "${inputs.instance}"`, () =>
    runInGuest(op, inputs, inputs.create, undefined),
  );
  return {
    id: `${inputs.instance}/${randomBytes(4).toString("hex")}`,
    outs: { ...inputs, ...outcome },
  };
}

export function diffCommand(olds: CommandState, news: CommandInputs): DiffResult {
  // As in @pulumi/command, the old delete command runs first only if the instance itself is replaced.
  return diffResult(difference(olds, news, COMMAND), false);
}

/** Runs `update`, or `create` if there is none, unless no change affects the command. */
export async function updateCommand(
  op: Operation,
  olds: CommandState,
  news: CommandInputs,
): Promise<{ outs: CommandState }> {
  const { stdout, stderr, exitCode } = olds;
  if (difference(olds, news, COMMAND).updates.length === 0) {
    return { outs: { ...news, stdout, stderr, exitCode } };
  }
  const outcome = await op.under(`Unable to run the update command in instance "${news.instance}"`, () =>
    runInGuest(op, news, news.update ?? news.create, { stdout, stderr, exitCode }),
  );
  return { outs: { ...news, ...outcome } };
}

/** What a command did disappears only with its instance. */
export async function readCommand(op: Operation, state: CommandState): Promise<CommandState | undefined> {
  const machine = await op.under(`Unable to look for instance "${state.instance}"`, () =>
    findMachine(op, state.instance),
  );
  return machine && state;
}

export async function deleteCommand(op: Operation, state: CommandState): Promise<void> {
  if (state.delete === undefined) return;
  const headline = `Unable to run the delete command in instance "${state.instance}"`;
  const { instance, delete: command } = state;
  const undo = async () => void (await runInGuest(op, state, command, state));
  await op.under(headline, () => undoIn(op, instance, undo));
}
