import type { Operation } from "./operation.ts";

/**
 * Waits for a slot for a launch or start, at most for the remaining time. The daemon only works on as many as
 * it has threads; the rest would queue there unseen.
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
  // Abandoned work keeps its place in the queue. When its turn comes, it finds its time over.
  done.catch(() => undefined);
  await Promise.race([
    done,
    op.clock.sleep(op.deadline.remaining, AbortSignal.any([op.signal, begun.signal])),
  ]);
  if (!begun.signal.aborted) op.check("other launches and starts to end");
  return done;
}
