import * as v from "valibot";

/**
 * How much of an argument's value may be shown.
 * - `public`: all of it, since it stands in Multipass's own lists
 * - `marked`: nothing where the program marks it as a secret; passwords in URLs never
 * - `values`: none of the values in it
 * - `userData`: what cloud-init keeps passwords in is hidden, everything else as with `marked`
 */
export type Secrecy = "public" | "marked" | "values" | "userData";

/** Compares an argument with the one before. As a method, so that tables of different types can be read in one loop. */
type Comparison<V, Cost, Seen> = { compare(asked: V, was: V, seen: Seen): Cost | undefined }["compare"];

/** The questions that every argument has to answer. */
export interface Answers<V, Cost extends string, Seen> {
  /** What a change costs. A cost alone: any difference counts. A function: compares in its own way. `never`: not compared here. */
  change: Cost | "never" | Comparison<V, Cost, Seen>;
  secret: Secrecy;
}

/**
 * What a change costs.
 * - `replace`: another resource
 * - `update`: something is done
 * - `record`: only the state changes
 */
export type Cost = "replace" | "update" | "record";

/** Describes an argument of a resource. @typeParam Seen what its comparisons may ask of the state */
export function argument<S extends v.GenericSchema, Seen = unknown>(
  schema: S,
  answers: Answers<v.InferOutput<S>, Cost, Seen>,
) {
  return { schema, ...answers };
}

export type Description<A = unknown> = Readonly<Record<string, A & { schema: v.GenericSchema }>>;

/** The schema of all arguments together. */
export function schemaOf<D extends Description>(description: D) {
  const entries = Object.entries(description).map(([name, { schema }]) => [name, schema]);
  return v.strictObject(Object.fromEntries(entries) as { [K in keyof D]: D[K]["schema"] });
}
