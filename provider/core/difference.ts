import { isDeepStrictEqual } from "node:util";
import type { Answers, Cost, Description } from "./description.ts";

/** Each property that differs, and the cost of its change. Some, such as `ready`, are only in the state. */
export type Costs = Record<string, Cost>;

/**
 * What has changed, according to the resource's description. A value that is not known yet counts as a
 * change. An argument that is left out and `keeps` its value does not.
 */
export function difference<S extends object>(
  olds: S,
  news: object,
  description: Description<Answers<unknown, S>>,
): Costs {
  const [before, after] = [olds as Record<string, unknown>, news as Record<string, unknown>];
  const costs: Costs = {};
  for (const [property, { change, leftOut }] of Object.entries(description)) {
    const [asked, was] = [after[property], before[property]];
    if (change === "never" || (asked === undefined && leftOut === "keeps")) continue;
    const cost =
      typeof change === "function"
        ? change(asked, was, olds)
        : isDeepStrictEqual(asked, was)
          ? undefined
          : change;
    if (cost) costs[property] = cost;
  }
  return costs;
}

/** Whether an update has more to do than to record new arguments. */
export function needsUpdate(costs: Costs): boolean {
  return Object.values(costs).includes("update");
}

export interface DiffResult {
  changes: boolean;
  replaces: string[];
  /** Whether the old and the new one cannot exist side by side. */
  deleteBeforeReplace: boolean;
  costs: Readonly<Costs>;
}

/** Properties that differ only in the state, so that no change of an argument names them. */
const OF_THE_STATE = ["ready", "state"];

/** @param paths the resource option `replaceOnChanges`, of which a path counts as its first property */
export function replacing(result: DiffResult, paths: readonly string[] = []): DiffResult {
  const names = paths.map((path) => /^[^.[]*/.exec(path)?.[0]);
  const forced = Object.keys(result.costs).filter(
    (property) => !OF_THE_STATE.includes(property) && (names.includes(property) || names.includes("*")),
  );
  return { ...result, replaces: [...new Set([...result.replaces, ...forced])] };
}
