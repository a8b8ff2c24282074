import type { CheckFailure } from "../lifecycle/check.ts";
import { hasUnknown } from "../lifecycle/unknown.ts";

/** What a resource with these arguments manages alone: the argument that says it, and values that are equal where it is the same thing. */
export type Claim = (
  inputs: Record<string, unknown>,
) => { property: string; of: readonly unknown[] } | undefined;

/** An instance, whichever resource makes it. */
export const instanceName: Claim = ({ name }) => ({ property: "name", of: ["instance", name] });

/** The URN of the resource that manages something, for this run of the program. */
const holders = new Map<string, string>();

/** The failure of a second resource that would manage the same thing; both would change it back and forth, and delete it twice. */
export function claimedTwice(claim: Claim, inputs: Record<string, unknown>): CheckFailure[] {
  const { property, of = [] } = claim(inputs) ?? {};
  const { owner, multipassPath } = inputs;
  if (property === undefined || of.includes(undefined) || hasUnknown([of, multipassPath])) return [];
  const key = JSON.stringify([...of, multipassPath]);
  const holder = holders.get(key);
  if (holder === undefined || holder === owner) {
    holders.set(key, String(owner));
    return [];
  }
  const [type, name] = [holder.split("::").at(-2)?.split(":").at(-1), holder.split("::").at(-1)];
  return [
    {
      property,
      reason: `is also that of ${type} "${name}" in this program: only one resource can manage it`,
    },
  ];
}
