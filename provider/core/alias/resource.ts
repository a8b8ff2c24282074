import { outsOf, resourceOf } from "../resource.ts";
import { checkAlias } from "./check.ts";
import type { AliasInputs, AliasState } from "./model.ts";
import { createAlias, deleteAlias, diffAlias, readAlias, updateAlias } from "./operations.ts";

export const alias = resourceOf<AliasInputs, AliasState>({
  manages: ({ name }) => ({ property: "name", of: ["alias", name] }),
  check: (_olds, news) => checkAlias(news),
  diff: diffAlias,
  create: createAlias,
  read: outsOf(readAlias),
  update: updateAlias,
  delete: deleteAlias,
  outcome: ({ name }) => `"${name}" is set`,
});
