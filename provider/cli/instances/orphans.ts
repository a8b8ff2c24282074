import * as v from "valibot";
import { askPulumi, resourcesIn } from "../pulumi.ts";
import type { Owned } from "./owned.ts";

const stacksSchema = v.array(v.looseObject({ name: v.string() }));

/** What the states of the stacks say about the instances that the ledger assigns to them. */
export interface Verified {
  /** Instances that the state of their stack does not hold. */
  orphans: Set<Owned>;
  /** Stacks that the current backend does not have, as `project/stack`. */
  missingStacks: string[];
}

export async function verify(owned: readonly Owned[], signal: AbortSignal): Promise<Verified> {
  const verified: Verified = { orphans: new Set(), missingStacks: [] };
  if (owned.length === 0) return verified;
  const listed = await askPulumi(["stack", "ls", "--all", "--json"], { signal, purpose: "list the stacks" });
  const all = v.parse(stacksSchema, JSON.parse(listed)).map(({ name }) => name);
  for (const [stack, instances] of Map.groupBy(owned, (one) => `${one.project}/${one.stack}`)) {
    // The name may begin with an organization.
    const full = all.filter((name) => name === stack || name.endsWith(`/${stack}`));
    if (full.length === 0) verified.missingStacks.push(stack);
    else {
      const held = (await Promise.all(full.map((name) => heldBy(name, signal)))).flat();
      for (const one of instances)
        if (!held.some(({ urn, id }) => urn === one.owner && id === one.name)) verified.orphans.add(one);
    }
  }
  return verified;
}

async function heldBy(stack: string, signal: AbortSignal) {
  const purpose = `export the stack ${stack}`;
  const exported = await askPulumi(["stack", "export", "--stack", stack], { signal, purpose });
  return resourcesIn(JSON.parse(exported));
}
