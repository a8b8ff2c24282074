import type { Host } from "../context.ts";
import { forgetName, keptName } from "../intents.ts";
import type { Run } from "../run.ts";

/** Records that Pulumi's state holds the instance. */
export async function noteKnown(
  host: Host,
  name: string,
  { owner, creation }: { owner?: unknown; creation?: unknown },
): Promise<void> {
  if (typeof owner !== "string") return;
  await host.ledger.acknowledge(name, owner, typeof creation === "string" ? creation : undefined);
  await forgetName(host, owner, name);
}

/** The automatic name that an interrupted create of this resource was given; Pulumi has forgotten it. */
export async function recalled(
  run: Run,
  news: { owner?: unknown; multipassPath?: unknown },
  recall: (host: Host, owner: string) => Promise<string | undefined>,
): Promise<{ name?: string }> {
  const { owner } = news;
  if (typeof owner !== "string") return {};
  const name = await run.noting(
    news,
    async (host) => (await recall(host, owner)) ?? (await keptName(host, owner)),
  );
  return name === undefined ? {} : { name };
}
