import { isMultipassError } from "../multipass/errors.ts";
import { type Host, InitializationError } from "./context.ts";
import type { Operation } from "./operation.ts";

/** The intent of whoever stops a machine for something else than to have it stopped. */
export const stopOf = (name: string) => `power state of ${name}`;

export const restoreOf = (instance: string, owner: string) => `restore of ${instance} by ${owner}`;

/** The last restore of an instance, whoever made it. */
export const restorationOf = (instance: string) => `restoration of ${instance}`;

/** What a resource has put into an instance since its last restore. */
export const settledOf = (instance: string, owner: string) =>
  `after the restoration of ${instance}: ${owner}`;

export const snapshotOf = (instance: string, name: string) => `snapshot ${instance}.${name}`;

/** The intent of a create to use a name. */
const nameOf = (owner: string) => `name of ${owner}`;

/**
 * Runs a create and remembers its name, so that the next create of the resource uses the same one where it is automatic. Pulumi forgets the
 * name of a create that is killed while it waits.
 */
export async function keepingName<T>(
  { host: { intents } }: Pick<Operation, "host">,
  { owner, name }: { owner: string; name: string },
  create: () => Promise<T>,
): Promise<T> {
  await intents.write(nameOf(owner), { owner, before: "", after: name });
  const forget = () => intents.forget(nameOf(owner));
  try {
    const created = await create();
    await forget();
    return created;
  } catch (error) {
    // Pulumi may not hear of a cancelled create. A name that was refused must not be tried again.
    const cause = error instanceof InitializationError ? error.cause : error;
    if (!isMultipassError(cause, "cancelled")) await forget();
    throw error;
  }
}

/** The automatic name that an interrupted create of this resource was given, if it has left no other record. */
export async function keptName(
  { intents }: Pick<Host, "intents">,
  owner: string,
): Promise<string | undefined> {
  return (await intents.read(nameOf(owner)))?.after;
}

/** Forgets an automatic name that Pulumi's state is known to hold. */
export async function forgetName(host: Pick<Host, "intents">, owner: string, name: string): Promise<void> {
  if ((await keptName(host, owner)) === name) await host.intents.forget(nameOf(owner));
}

/** With a machine goes what was done to it: of one that is made anew under its name none of it is true. */
export function forgetMachine({ intents }: Pick<Host, "intents">, name: string): Promise<void> {
  const ofMachine = [restoreOf(name, ""), snapshotOf(name, ""), settledOf(name, "")];
  return intents.forgetAll(
    (what) =>
      [stopOf(name), restorationOf(name)].includes(what) ||
      ofMachine.some((prefix) => what.startsWith(prefix)),
  );
}
