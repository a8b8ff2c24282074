import { hostOf } from "../host.ts";
import { markKnown } from "../lifecycle/instance/ownership.ts";

/** Of a machine's properties, those that tell whose it is and where. */
export interface NotedProperties {
  owner?: unknown;
  multipassPath?: unknown;
}

/** Writes down in the journal that Pulumi's state holds the machine. */
export async function noteKnown(name: string, { owner, multipassPath }: NotedProperties): Promise<void> {
  if (typeof owner !== "string") return;
  try {
    const { journal } = hostOf(typeof multipassPath === "string" ? multipassPath : undefined);
    await markKnown(journal, name, owner);
  } catch {
    // No client, no journal: the operations will say so.
  }
}
