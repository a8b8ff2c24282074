import { engineAddress, onCancelCall, onEngineLost } from "./engine-watch.ts";

/**
 * Ends this process's operations early. Waits end immediately, and each operation ends with an error that
 * records what exists. Triggered by
 *
 * - the engine's call `Cancel`, when the user presses Ctrl-C. The engine ends this process itself once it has
 *   the answers;
 * - SIGTERM, SIGINT, or the loss of the engine. This process then ends after its last operation.
 */
const ended = new AbortController();
let cancelled = new AbortController();
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** Milliseconds left for sending the answers to the engine. */
const LINGER_MS = 500;
let holders = 0;

/** Aborted when the run's operations must end, and never reset: a later one makes no client call. */
export function cancelSignal(): AbortSignal {
  return AbortSignal.any([ended.signal, cancelled.signal]);
}

/** Begins another run in this process. What was cancelled stays cancelled. */
export function beginRun(): void {
  cancelled = new AbortController();
}

function end(): void {
  ended.abort();
  if (holders === 0) exitSoon();
}

function exitSoon(): void {
  setTimeout(() => process.exit(130), LINGER_MS).unref();
}

onCancelCall(() => cancelled.abort());
const engine = engineAddress();
if (engine !== undefined) onEngineLost(engine, end);

export function shutdownSignal(): { signal: AbortSignal; release: () => void } {
  if (holders++ === 0) for (const name of SIGNALS) process.on(name, end);
  return {
    signal: cancelSignal(),
    release() {
      if (--holders > 0) return;
      for (const name of SIGNALS) process.off(name, end);
      if (ended.signal.aborted) exitSoon();
    },
  };
}
