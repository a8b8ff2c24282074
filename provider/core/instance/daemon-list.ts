import type { CallOptions } from "../../driver/driver.ts";
import { isMultipassError } from "../../driver/errors.ts";
import type { Catalogue } from "../../images/catalogue.ts";
import { LOOK_MS, untilSafe } from "../../images/fetch-guard.ts";
import { looksAfter } from "../../images/fetch-schedule.ts";
import type { Multipass } from "../context.ts";
import type { Operation } from "../operation/operation.ts";

/** Milliseconds for a question. It waits for any fetch under way: ten documents of at most 10 s each. */
export const FETCH_MS = 120_000;

/** Asks the daemon for its images as soon as that is safe: see `fetch-safety.ts`. */
export async function findSafely(
  multipass: Multipass,
  catalogue: Pick<Catalogue, "indexes">,
  { signal, ...options }: CallOptions & { showUnsupported?: boolean; query?: string },
) {
  const { imageListRetries } = await multipass.capabilities({ signal });
  await multipass.guard.whenSafe(catalogue.indexes, imageListRetries, { signal });
  return multipass.driver.find({ ...options, signal });
}

/**
 * How many images the daemon lists. Call it only when asking is safe.
 *
 * @returns undefined if it fails to answer, as it does until a fetch succeeds
 */
export async function listLength(op: Pick<Operation, "multipass" | "signal">): Promise<number | undefined> {
  try {
    const { multipass, signal } = op;
    return Object.keys(await multipass.driver.find({ timeoutMs: FETCH_MS, signal })).length;
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    return undefined;
  }
}

/**
 * Resolves when the daemon's own next fetch has given it a list. From 1.14 on its fetches can be predicted
 * from its start. Asks only while this computer can read the servers.
 */
export async function whenListed(
  { multipass, clock }: Pick<Operation, "multipass" | "clock">,
  catalogue: Pick<Catalogue, "indexes">,
  signal: AbortSignal,
): Promise<void> {
  const { imageListRetries } = await multipass.capabilities({ signal });
  while (!signal.aborted) {
    const age = multipass.guard.daemonAge;
    if (age === undefined || !imageListRetries) {
      await clock.sleep(LOOK_MS, signal);
      continue;
    }
    const start = clock.now() - age;
    for (const look of looksAfter(age)) {
      await clock.sleep(start + look - clock.now(), signal);
      if (signal.aborted) return;
      const view = await multipass.guard.look(catalogue.indexes);
      const isSafe = view.isReadable && untilSafe("question", view, imageListRetries) === 0;
      if (isSafe && (await listLength({ multipass, signal }))) return;
    }
  }
}
