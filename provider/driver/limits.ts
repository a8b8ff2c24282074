/** Milliseconds that any timer accepts. With more, `setTimeout` would fire immediately. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms)), 2 ** 31 - 1);
}

/**
 * Waits for work that others wait for as well, within the caller's own limits.
 *
 * @param errors the error for a caller that is out of time, and for one that gives up
 */
export function within<T>(
  work: Promise<T>,
  { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined },
  errors: { late(): Error; cancelled(): Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(errors.late());
    const cancel = () => reject(errors.cancelled());
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timerMs(timeoutMs));
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    });
  });
}
