import { checkCommand } from "../lifecycle/command/check.ts";
import type { CommandInputs, CommandState } from "../lifecycle/command/model.ts";
import {
  createCommand,
  deleteCommand,
  diffCommand,
  readCommand,
  updateCommand,
} from "../lifecycle/command/operations.ts";
import { operationsOf } from "./operations.ts";

export const command = operationsOf<CommandInputs, CommandState>({
  check: (_olds, news) => checkCommand(news),
  diff: diffCommand,
  create: createCommand,
  read: readCommand,
  update: updateCommand,
  delete: deleteCommand,
  outcome: ({ exitCode }) => `exited with code ${exitCode}`,
  deletion: () => "done",
  restorable: { in: ({ instance }) => instance },
});
