import type { Deadline } from "../readiness/clock.ts";
import { formatSeconds } from "../readiness/clock.ts";
import type { Context } from "./context.ts";
import { mayGoOn } from "./timing.ts";

/**
 * Waits for one of the slots for launches and starts, and no longer than there is time for one. The daemon works on as many of them as it has
 * threads; the others would stand in line there, where nobody sees it.
 */
export async function inLaunchSlot<T>(ctx: Context, deadline: Deadline, work: () => Promise<T>): Promise<T> {
  const { launches } = ctx.host;
  const begun = new AbortController();
  if (launches.activeCount >= launches.concurrency) {
    ctx.timeline.enter("queue");
    ctx.log.status(
      `waiting for other launches and starts to end · ${formatSeconds(deadline.remaining)} left`,
    );
  }
  const done = launches(() => {
    begun.abort();
    return work();
  });
  // What is given up here still has its place in the queue; the work then finds its time over.
  done.catch(() => undefined);
  await Promise.race([
    done,
    ctx.clock.sleep(deadline.remaining, AbortSignal.any([ctx.signal, begun.signal])),
  ]);
  if (!begun.signal.aborted) mayGoOn(ctx, deadline, "other launches and starts to end");
  return done;
}
