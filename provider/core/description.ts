import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import type { MultipassError } from "../driver/errors.ts";

/**
 * How much of an argument's value may be shown.
 * - `public`: all of it, since Multipass's own lists show it
 * - `marked`: nothing if the program marks it as a secret; never passwords in URLs
 * - `values`: none of the values in it
 * - `userData`: hides the fields where cloud-init keeps passwords; otherwise like `marked`
 */
export type Secrecy = "public" | "marked" | "values" | "userData";

/** Compares with the earlier value. Declared as a method, so that one loop can read any table. */
type Comparison<V, Seen> = { compare(asked: V, was: V, seen: Seen): Cost | undefined }["compare"];

/** Named values, as a program gives them. */
export type Properties = Record<string, unknown>;

/** What every argument must declare. */
export interface Answers<V, Seen> {
  /** What a change costs: always the same, as a function tells, or `never` compared here. */
  change: Cost | "never" | Comparison<V, Seen>;
  /**
   * The effect of removing the argument from the program.
   * - `keeps`: its value stays as it is, and nothing changes
   * - `drops`: as if the argument had never been given (default)
   */
  leftOut?: "keeps" | "drops";
  secret: Secrecy;
}

/**
 * What a change costs.
 * - `replace`: a new resource
 * - `update`: an update in place. Of an `Instance`: `restart` if it has to be stopped, `live` if nothing stops
 * - `record`: only the state changes
 */
export type Cost = "replace" | "update" | "restart" | "live" | "record";

/** Describes an argument. @typeParam Seen what its comparisons may read from the state */
export function argument<S extends v.GenericSchema, Seen = unknown>(
  schema: S,
  answers: Answers<v.InferOutput<S>, Seen>,
) {
  return { schema, ...answers };
}

export type Description<A = unknown> = Readonly<Record<string, A & { schema: v.GenericSchema }>>;

/** What a program gives, once it is valid. */
export type ArgumentsOf<D extends Description> = v.InferOutput<ReturnType<typeof schemaOf<D>>>;

export function schemaOf<D extends Description>(description: D) {
  const entries = Object.entries(description).map(([name, { schema }]) => [name, schema]);
  return v.strictObject(Object.fromEntries(entries) as { [K in keyof D]: D[K]["schema"] });
}

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

/** What is wrong with an argument. Property and reason form a sentence: `cpus` and `must be at least 1`. */
export interface Problem {
  /** Path of the argument, such as `mounts[0].target`. */
  property: string;
  /** What is wrong, and what would be right. */
  reason: string;
}

export interface CheckFailure extends Problem {
  /** Reported instead for a secret. Required if the path or the reason shows any part of the value. */
  ifSecret?: Problem;
  /** Whether this computer lacks something that another resource of the program may still make. */
  isMissing?: boolean;
  /** What an operation throws for what is still missing. Default: the problem as a sentence. */
  error?: MultipassError;
}
