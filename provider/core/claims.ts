import type { CommonProperties } from "./common.ts";
import type { CheckFailure } from "./description.ts";
import { identityOf } from "./host.ts";
import type { Run } from "./run.ts";
import { hasUnknown } from "./unknown.ts";

/** Something that only one resource of a program may manage. */
export interface Claim {
  /** The argument that names it. */
  property: string;
  /** Values that identify the thing. */
  of: readonly unknown[];
}

/** An instance, made by either `Instance` or `Clone`. */
export const instanceNamed = ({ name }: { name: string }): Claim => ({
  property: "name",
  of: ["instance", name],
});

/** Refuses a second resource that manages the same thing, because the two would undo each other's changes. */
export function claimedTwice(run: Run, claim: Claim | undefined, by: CommonProperties): CheckFailure[] {
  const { owner, multipassPath, host } = by;
  if (!claim || claim.of.includes(undefined) || hasUnknown([claim.of, multipassPath, host])) return [];
  const holder = run.holderOf(JSON.stringify([...claim.of, multipassPath, host && identityOf(host)]), owner);
  if (holder === owner) return [];
  const reason = `is also used by ${called(holder)} in this program: only one resource can manage it`;
  return [{ property: claim.property, reason }];
}

/** How messages name a resource. Its path and arguments are left out, because they may be secrets. */
export function called(urn: string): string {
  const [, , type = "", ...name] = urn.split("::");
  return `${type.split(":").at(-1)} "${name.join("::")}"`;
}
