import type { CallOptions } from "../driver/driver.ts";
import { MultipassError } from "../driver/errors.ts";
import type { Multipass } from "./context.ts";
import type { Operation } from "./operation/operation.ts";

export interface Found<I, S> {
  outs: S;
  /** Arguments that match what was found. Left out if the program's own still match. */
  inputs?: I;
}

/** The facts about something that no program has described yet. */
export type Imported<I, S> = Required<Found<I, S>>;

/** How `pulumi import` finds something that exists by its id. */
export interface Importer<I, S> {
  /** The form of an id, as in `INSTANCE.SNAPSHOT`. */
  form: string;
  /** The part of the state that the id contains; undefined if the id has another form. */
  known(id: string): Partial<S> | undefined;
  /** Completes what the resource's `read` has found. */
  found(op: Operation, outs: S): Imported<I, S> | Promise<Imported<I, S>>;
  list?(multipass: Multipass, options: CallOptions): Promise<string[]>;
}

export function cannotImport(
  id: string,
  remedy: string,
  details = "Multipass does not tell enough about it",
): MultipassError {
  return new MultipassError(`Unable to import "${id}"`, { kind: "invalid-argument", details, remedy });
}

/** The two parts of an id, by name; undefined if no separator divides it. */
export function partsOf<A extends string, B extends string>(
  id: string,
  first: A,
  separator: string,
  second: B,
) {
  const at = id.indexOf(separator);
  if (at < 1 || at === id.length - 1) return undefined;
  return { [first]: id.slice(0, at), [second]: id.slice(at + 1) } as Record<A | B, string>;
}
