import type { Host } from "./context.ts";

/** The intent of whoever stops a machine for something else than to have it stopped. */
export const stopOf = (name: string) => `power state of ${name}`;

export const restoreOf = (instance: string, owner: string) => `restore of ${instance} by ${owner}`;

/** The last restore of an instance, whoever made it. */
export const restorationOf = (instance: string) => `restoration of ${instance}`;

/** What a resource has put into an instance since its last restore. */
export const settledOf = (instance: string, owner: string) =>
  `after the restoration of ${instance}: ${owner}`;

export const snapshotOf = (instance: string, name: string) => `snapshot ${instance}.${name}`;

/** With a machine goes what was done to it: of one that is made anew under its name none of it is true. */
export function forgetMachine({ intents }: Pick<Host, "intents">, name: string): Promise<void> {
  const ofMachine = [restoreOf(name, ""), snapshotOf(name, ""), settledOf(name, "")];
  return intents.forgetAll(
    (what) =>
      [stopOf(name), restorationOf(name)].includes(what) ||
      ofMachine.some((prefix) => what.startsWith(prefix)),
  );
}
