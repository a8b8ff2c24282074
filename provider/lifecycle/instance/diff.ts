import { changesBetween } from "./changes.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";

export interface DiffResult {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** Tells what an update would have to do, from what is written down alone: no call of Multipass. */
export function diffInstance(olds: InstanceState, news: InstanceInputs): DiffResult {
  const changes = changesBetween(olds, news);
  const replaces = changes.filter(({ verdict }) => verdict === "replace").map(({ property }) => property);
  return {
    changes: changes.length > 0,
    replaces,
    // The name is the machine's identity: two of one name cannot stand side by side.
    deleteBeforeReplace: replaces.length > 0 && news.name === olds.name,
  };
}
