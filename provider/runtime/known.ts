import { hostOf } from "../host.ts";
import type { Host } from "../lifecycle/context.ts";
import type { InstanceState } from "../lifecycle/instance/model.ts";
import { markHeld, markKnown } from "../lifecycle/instance/ownership.ts";
import { forgetName, keptName } from "../lifecycle/intents.ts";

/** Of a machine's properties, those that tell whose it is and where. */
export interface NotedProperties {
  owner?: unknown;
  multipassPath?: unknown;
  creation?: unknown;
}

/** Writes down in the journal that Pulumi's state holds the machine. */
export async function noteKnown(
  name: string,
  { owner, multipassPath, creation }: NotedProperties,
): Promise<void> {
  if (typeof owner !== "string") return;
  const known = typeof creation === "string" ? creation : undefined;
  await onHost({ multipassPath }, async (host) => {
    await markKnown(host.journal, name, owner, known);
    await forgetName(host, owner, name);
  });
}

/** Writes down in the journal that Pulumi goes on with the machine by this state. */
export async function noteHeld(name: string, state: InstanceState): Promise<void> {
  await onHost(state, ({ journal }) => markHeld(journal, name, state));
}

/** The automatic name that an interrupted create of this resource was given, as what stands for the last arguments that Pulumi has none of. */
export async function recalled(
  { owner, multipassPath }: NotedProperties,
  recall: (host: Host, owner: string) => Promise<string | undefined>,
): Promise<{ name?: string }> {
  if (typeof owner !== "string") return {};
  const name = await onHost(
    { multipassPath },
    async (host) => (await recall(host, owner)) ?? (await keptName(host, owner)),
  );
  return name === undefined ? {} : { name };
}

/** Asks, or tells, what is written down on the host of a resource. */
export async function onHost<T>(
  { multipassPath }: NotedProperties,
  use: (host: Host) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await use(hostOf(typeof multipassPath === "string" ? multipassPath : undefined));
  } catch {
    // No client, no journal: the operations will say so.
    return undefined;
  }
}
