import { isDeepStrictEqual } from "node:util";
import type { Answers, Cost, Description } from "./description.ts";

export interface Difference {
  replaces: string[];
  updates: string[];
  records: string[];
}

/**
 * What has changed, according to the resource's description. A value that is not known yet counts as a
 * change.
 */
export function difference(
  olds: object,
  news: object,
  description: Description<Answers<unknown, Cost, unknown>>,
): Difference {
  const result: Difference = { replaces: [], updates: [], records: [] };
  const [before, after] = [olds as Record<string, unknown>, news as Record<string, unknown>];
  for (const [property, { change }] of Object.entries(description)) {
    const cost = costOf(change, after[property], before[property], olds);
    if (cost) result[`${cost}s`].push(property);
  }
  return result;
}

function costOf(
  change: Answers<unknown, Cost, unknown>["change"],
  asked: unknown,
  was: unknown,
  olds: object,
): Cost | undefined {
  if (change === "never") return undefined;
  if (typeof change === "function") return change(asked, was, olds);
  return isDeepStrictEqual(asked, was) ? undefined : change;
}

/** The combined result of a resource's differences. */
export interface DiffResult {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  /** Each property that differs, and the cost of its change. Some, such as `ready`, are only in the state. */
  costs: Readonly<Record<string, Cost>>;
}

/** @param deleteBeforeReplace whether the old and the new resource cannot exist side by side */
export function diffResult(
  { replaces, updates, records }: Difference,
  deleteBeforeReplace: boolean,
): DiffResult {
  const costing = (properties: readonly string[], cost: Cost) =>
    properties.map((property): [string, Cost] => [property, cost]);
  return {
    changes: replaces.length + updates.length + records.length > 0,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && deleteBeforeReplace,
    costs: Object.fromEntries([
      ...costing(records, "record"),
      ...costing(updates, "update"),
      ...costing(replaces, "replace"),
    ]),
  };
}
