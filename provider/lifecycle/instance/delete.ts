import { isMultipassError } from "../../multipass/errors.ts";
import { awaitLaunch } from "../../multipass/launch-job.ts";
import { Deadline } from "../../readiness/clock.ts";
import { retry } from "../../readiness/retry.ts";
import type { Context } from "../context.ts";
import { HOST_ERRORS, type InstanceState } from "./model.ts";
import { backoffOf, timeoutOf } from "./timing.ts";

/**
 * Removes exactly this instance: for good, or so that `multipass recover` can bring it back where `deletionPolicy` is `keep`. One that is
 * gone already is what was asked for.
 */
export async function deleteInstance(ctx: Context, id: string, state: InstanceState): Promise<void> {
  const { host, log } = ctx;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const entry = await host.journal.read(id);
  if (entry?.owner === state.owner && entry.launch && entry.phase === "launching") {
    // A launch that goes on by itself would bring the machine back after we have removed it.
    log.status("waiting for a launch that is still under way");
    await awaitLaunch(entry.launch, { signal: ctx.signal, sleep: (ms) => ctx.clock.sleep(ms, ctx.signal) });
  }
  const purge = state.deletionPolicy !== "keep";
  log.status(purge ? "deleting" : "deleting (recoverable)");
  await retry(
    async () => {
      try {
        await host.driver.delete(id, purge, { timeoutMs: deadline.remaining, signal: ctx.signal });
      } catch (error) {
        if (!isMultipassError(error, "instance-missing")) throw error;
      }
    },
    {
      clock: ctx.clock,
      random: ctx.random,
      deadline,
      backoff: backoffOf(state),
      signal: ctx.signal,
      retryable: (error) =>
        isMultipassError(error, ...HOST_ERRORS, "instance-busy", "instance-preparing", "call-timeout"),
      onWait: ({ error, attempt }) =>
        log.status(`unable to delete yet (try ${attempt}): ${error.details ?? error.summary}`),
    },
  ).catch((error) => {
    throw isMultipassError(error) ? error.under(`Unable to delete instance "${id}"`) : error;
  });
  if (entry?.owner === state.owner) await host.journal.remove(id);
}
