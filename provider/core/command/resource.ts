import { outsOf, resourceOf } from "../resource.ts";
import { checkCommand } from "./check.ts";
import type { CommandInputs, CommandState } from "./model.ts";
import { createCommand, deleteCommand, diffCommand, readCommand, updateCommand } from "./operations.ts";

export const command = resourceOf<CommandInputs, CommandState>({
  check: (_olds, news) => checkCommand(news),
  diff: diffCommand,
  create: createCommand,
  read: outsOf(readCommand),
  update: updateCommand,
  delete: deleteCommand,
  outcome: ({ exitCode }) => `exited with code ${exitCode}`,
  deletion: () => "done",
  restorable: { in: ({ instance }) => instance },
});
