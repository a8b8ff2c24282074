import { hostOf } from "../host.ts";
import { markKnown } from "../lifecycle/instance/ownership.ts";
import type { Journal } from "../readiness/journal.ts";

/** Of a machine's properties, those that tell whose it is and where. */
export interface NotedProperties {
  owner?: unknown;
  multipassPath?: unknown;
}

/** Writes down in the journal that Pulumi's state holds the machine. */
export async function noteKnown(name: string, properties: NotedProperties): Promise<void> {
  await recall(properties, (journal, owner) => markKnown(journal, name, owner));
}

/** Asks the journal about the resource of these properties; undefined where nobody can tell. */
export async function recall<T>(
  { owner, multipassPath }: NotedProperties,
  ask: (journal: Journal, owner: string) => Promise<T>,
): Promise<T | undefined> {
  if (typeof owner !== "string") return undefined;
  try {
    const { journal } = hostOf(typeof multipassPath === "string" ? multipassPath : undefined);
    return await ask(journal, owner);
  } catch {
    // No client, no journal: the operations will say so.
    return undefined;
  }
}
