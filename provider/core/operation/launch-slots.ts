import type { Operation } from "./operation.ts";

/**
 * Waits for one of the slots for launches and starts, and no longer than there is time for one. The daemon works on as many of them as it has
 * threads; the others would stand in line there, where nobody sees it.
 */
export async function inLaunchSlot<T>(op: Operation, work: () => Promise<T>): Promise<T> {
  const { launches } = op.multipass;
  const begun = new AbortController();
  if (launches.activeCount >= launches.concurrency) {
    op.timeline.enter("queue");
    op.countdown("waiting for other launches and starts to end");
  }
  const done = launches(() => {
    begun.abort();
    return work();
  });
  // What is given up here still has its place in the queue; the work then finds its time over.
  done.catch(() => undefined);
  await Promise.race([
    done,
    op.clock.sleep(op.deadline.remaining, AbortSignal.any([op.signal, begun.signal])),
  ]);
  if (!begun.signal.aborted) op.check("other launches and starts to end");
  return done;
}
