/**
 * SIGTERM and SIGINT as an AbortSignal, for as long as any operation is under way: waits end at once, what exists is recorded by the
 * error that each operation ends with, and the process ends when the last has.
 */
const controller = new AbortController();
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** Milliseconds in which the answers to the engine may still be sent. */
const LINGER_MS = 500;
let holders = 0;

function onSignal(): void {
  controller.abort();
}

export function shutdownSignal(): { signal: AbortSignal; release: () => void } {
  if (holders++ === 0) for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      if (--holders > 0) return;
      for (const name of SIGNALS) process.off(name, onSignal);
      if (controller.signal.aborted) setTimeout(() => process.exit(130), LINGER_MS).unref();
    },
  };
}
