import { checkAlias } from "../lifecycle/alias/check.ts";
import type { AliasInputs, AliasState } from "../lifecycle/alias/model.ts";
import {
  createAlias,
  deleteAlias,
  diffAlias,
  readAlias,
  updateAlias,
} from "../lifecycle/alias/operations.ts";
import { operationsOf } from "./operations.ts";

export const alias = operationsOf<AliasInputs, AliasState>({
  check: (_olds, news) => checkAlias(news),
  diff: diffAlias,
  create: createAlias,
  read: readAlias,
  update: updateAlias,
  delete: deleteAlias,
  outcome: ({ name }) => `"${name}" is set`,
});
