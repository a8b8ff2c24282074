import { askPulumi, listStacks, resourcesIn } from "../pulumi.ts";
import type { Owned } from "./owned.ts";

/**
 * Asks the states of the stacks about the instances that the ledger assigns to them.
 *
 * @returns the instances that the state of their stack does not hold, and the stacks that the current backend
 *   does not have, as `project/stack`
 */
export async function verify(owned: readonly Owned[], signal: AbortSignal) {
  const verified = { orphans: new Set<Owned>(), missingStacks: [] as string[] };
  if (owned.length === 0) return verified;
  const all = await listStacks(signal);
  for (const [stack, instances] of Map.groupBy(owned, (one) => `${one.project}/${one.stack}`)) {
    // The name may begin with an organization.
    const found = all.filter(({ full }) => full === stack || full.endsWith(`/${stack}`));
    if (found.length === 0) verified.missingStacks.push(stack);
    else {
      const held = (await Promise.all(found.map(({ name }) => heldBy(name, signal)))).flat();
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
