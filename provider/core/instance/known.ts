import type { Multipass } from "../context.ts";
import { forgetName, keptName } from "../ledger/kept-names.ts";
import type { Run } from "../run.ts";

/** Records that Pulumi's state holds the instance. */
export async function noteKnown(
  multipass: Multipass,
  name: string,
  { owner, creation }: { owner?: unknown; creation?: unknown },
): Promise<void> {
  if (typeof owner !== "string") return;
  await multipass.ledger.acknowledge(name, owner, typeof creation === "string" ? creation : undefined);
  await forgetName(multipass, owner, name);
}

/** The automatic name that an interrupted create of this resource got. Pulumi has forgotten it. */
export async function recalled(
  run: Run,
  news: { owner?: unknown; multipassPath?: unknown },
  recall: (multipass: Multipass, owner: string) => Promise<string | undefined>,
): Promise<{ name?: string }> {
  const { owner } = news;
  if (typeof owner !== "string") return {};
  const name = await run.noting(
    news,
    async (multipass) => (await recall(multipass, owner)) ?? (await keptName(multipass, owner)),
  );
  return name === undefined ? {} : { name };
}
