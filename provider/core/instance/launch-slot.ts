import type { Operation } from "../operation/operation.ts";

/**
 * Waits for a slot for a launch or start, at most for the remaining time, and does the work in it.
 *
 * @param work calls `booted` as soon as the next instance may boot; otherwise that is when it ends
 */
export async function inLaunchSlot<T>(op: Operation, work: (booted: () => void) => Promise<T>): Promise<T> {
  const { launches } = op.multipass;
  const begun = new AbortController();
  if (launches.isFull) {
    op.timeline.enter("queue");
    op.countdown("waiting for other launches and starts to end");
  }
  const done = launches.run((booted) => {
    begun.abort();
    return work(booted);
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
