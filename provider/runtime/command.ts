import { checkCommand } from "../lifecycle/command/check.ts";
import type { CommandInputs, CommandState } from "../lifecycle/command/model.ts";
import {
  createCommand,
  deleteCommand,
  diffCommand,
  readCommand,
  updateCommand,
} from "../lifecycle/command/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `Command`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const command = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkCommand(news);
  },

  async diff(_id: string, olds: CommandState, news: CommandInputs) {
    return diffCommand(olds, news);
  },

  create(inputs: FromPulumi<CommandInputs>) {
    return operation(inputs, createCommand);
  },

  async read(id: string, state: FromPulumi<CommandState>) {
    return readResult(id, await operation(state, readCommand));
  },

  update(_id: string, olds: FromPulumi<CommandState>, news: FromPulumi<CommandInputs>) {
    return operation(news, (ctx, args) => updateCommand(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<CommandState>): Promise<void> {
    return operation(state, deleteCommand);
  },
};
