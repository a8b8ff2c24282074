import { isDeepStrictEqual } from "node:util";

/**
 * What a changed property costs.
 * - `replace`: another resource
 * - `update`: something is done
 * - `record`: only what is written down changes
 */
export type Cost = "replace" | "update" | "record";
export type Costs = Readonly<Record<string, Cost>>;

/** Properties of every resource that tell how to work, not what there is to be. */
export const RECORDED = { timeouts: "record", multipassPath: "record" } as const;

export interface Difference {
  replaces: string[];
  updates: string[];
  records: string[];
}

/** The properties of `costs` that are not equal. One that is not known yet is not equal. */
export function difference(olds: object, news: object, costs: Costs): Difference {
  const result: Difference = { replaces: [], updates: [], records: [] };
  const [before, after] = [olds as Record<string, unknown>, news as Record<string, unknown>];
  for (const [property, cost] of Object.entries(costs)) {
    if (!isDeepStrictEqual(before[property], after[property])) result[`${cost}s`].push(property);
  }
  return result;
}

/** What the differences of a resource come to. */
export interface DiffResult {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  /** Each property that differs, and what its change costs. Some are only in the state, such as `ready`. */
  costs: Costs;
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
