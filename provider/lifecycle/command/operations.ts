import { randomBytes } from "node:crypto";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { findMachine, under, undoIn } from "../machine.ts";
import { timeoutOf } from "../timing.ts";
import { COMMAND_COSTS, type CommandInputs, type CommandState } from "./model.ts";
import { runInGuest } from "./run.ts";

export async function createCommand(
  ctx: Context,
  inputs: CommandInputs,
): Promise<{ id: string; outs: CommandState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const outcome = await under(
    `Unable to run the create command in instance "${inputs.instance}"`,
    runInGuest(ctx, inputs, inputs.create, undefined, deadline),
  );
  return {
    id: `${inputs.instance}/${randomBytes(4).toString("hex")}`,
    outs: { ...inputs, ...outcome },
  };
}

export function diffCommand(olds: CommandState, news: CommandInputs): DiffResult {
  // As in @pulumi/command, the old one's delete command runs first only where the machine itself goes.
  return diffResult(difference(olds, news, COMMAND_COSTS), false);
}

/** Runs `update`, or `create` where there is none, unless what changed is nothing that a command gets to see. */
export async function updateCommand(
  ctx: Context,
  olds: CommandState,
  news: CommandInputs,
): Promise<{ outs: CommandState }> {
  const { stdout, stderr, exitCode } = olds;
  if (difference(olds, news, COMMAND_COSTS).updates.length === 0) {
    return { outs: { ...news, stdout, stderr, exitCode } };
  }
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  const outcome = await under(
    `Unable to run the update command in instance "${news.instance}"`,
    runInGuest(ctx, news, news.update ?? news.create, { stdout, stderr, exitCode }, deadline),
  );
  return { outs: { ...news, ...outcome } };
}

/** What a command did is gone with its machine, and only with it. */
export async function readCommand(ctx: Context, state: CommandState): Promise<CommandState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  const machine = await under(
    `Unable to look for instance "${state.instance}"`,
    findMachine(ctx, state.instance, deadline),
  );
  return machine && state;
}

export async function deleteCommand(ctx: Context, state: CommandState): Promise<void> {
  if (state.delete === undefined) return;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const headline = `Unable to run the delete command in instance "${state.instance}"`;
  const { instance, delete: command } = state;
  const undo = async () => void (await runInGuest(ctx, state, command, state, deadline));
  await under(headline, undoIn(ctx, instance, deadline, undo));
}
