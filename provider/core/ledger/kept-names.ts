import { isMultipassError } from "../../driver/errors.ts";
import { InitializationError, type Multipass } from "../context.ts";
import type { Operation } from "../operation/operation.ts";
import type { Run } from "../run.ts";
import type { Intents } from "./intents.ts";
import type { Asker } from "./transitions.ts";

/**
 * Runs a create and remembers its name, so that the resource's next create reuses an automatic name. Pulumi
 * forgets the name of a create that is killed while it waits.
 */
export async function keepingName<T>(
  { multipass: { intents } }: Operation,
  { owner, name }: { owner: string; name: string },
  create: () => Promise<T>,
): Promise<T> {
  await intents.write({ kind: "name", owner, name });
  const forget = () => intents.forget({ kind: "name", owner });
  try {
    const created = await create();
    await forget();
    return created;
  } catch (error) {
    // Pulumi may never learn of a cancelled create, so its name is kept. A name that was refused is
    // forgotten.
    const cause = error instanceof InitializationError ? error.cause : error;
    if (!isMultipassError(cause, "cancelled")) await forget();
    throw error;
  }
}

/** The automatic name of an interrupted create of this resource, if that create left no other record. */
async function keptName(intents: Intents, owner: string): Promise<string | undefined> {
  return (await intents.read({ kind: "name", owner }))?.name;
}

/** Forgets an automatic name once Pulumi's state holds it. */
export async function forgetName({ intents }: Multipass, owner: string, name: string): Promise<void> {
  if ((await keptName(intents, owner)) === name) await intents.forget({ kind: "name", owner });
}

/** Records that Pulumi's state holds the instance. */
export async function noteKnown(multipass: Multipass, name: string, by: Partial<Asker>): Promise<void> {
  const { owner, creation } = by;
  if (owner === undefined) return;
  await multipass.ledger.acknowledge(name, owner, creation);
  await forgetName(multipass, owner, name);
}

/**
 * The automatic name that an interrupted create of this resource got. Pulumi has forgotten it.
 *
 * @param recall the name in another record of that create; default: in the ledger
 */
export async function recalled(
  run: Run,
  news: { owner?: unknown; multipassPath?: unknown; host?: unknown },
  recall = ({ ledger, inState }: Multipass, owner: string) => ledger.recall(owner, inState),
): Promise<{ name?: string }> {
  const { owner } = news;
  if (typeof owner !== "string") return {};
  const name = await run.noting(
    news,
    async (multipass) => (await recall(multipass, owner)) ?? (await keptName(multipass.intents, owner)),
  );
  return name === undefined ? {} : { name };
}
