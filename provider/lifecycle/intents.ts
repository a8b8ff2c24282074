import type { Host } from "./context.ts";

/** The intent of whoever stops a machine for something else than to have it stopped. */
export const stopOf = (name: string) => `power state of ${name}`;

export const restoreOf = (instance: string, owner: string) => `restore of ${instance} by ${owner}`;

export const snapshotOf = (instance: string, name: string) => `snapshot ${instance}.${name}`;

/** With a machine goes what was done to it: of one that is made anew under its name none of it is true. */
export function forgetMachine({ intents }: Pick<Host, "intents">, name: string): Promise<void> {
  const ofMachine = [restoreOf(name, ""), snapshotOf(name, "")];
  return intents.forgetAll(
    (what) => what === stopOf(name) || ofMachine.some((prefix) => what.startsWith(prefix)),
  );
}
