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
