import { isDeepStrictEqual } from "node:util";
import type { Answers, Cost, Description } from "./description.ts";

export interface Difference {
  replaces: string[];
  updates: string[];
  records: string[];
}

/** What has changed, by the description of the resource. A value that is not known yet is a change. */
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

/** What the differences of a resource come to. */
export interface DiffResult {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  /** Each property that differs, and what its change costs. Some are only in the state, such as `ready`. */
  costs: Readonly<Record<string, Cost>>;
}

/** @param deleteBeforeReplace whether the old one and the new one cannot stand side by side */
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
