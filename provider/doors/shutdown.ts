import { engineAddress, onCancelCall, onEngineLost } from "./engine-watch.ts";

/**
 * Ends this process's operations early. Waits end immediately, and each operation ends with an error that
 * records what exists. Triggered by
 *
 * - the engine's call `Cancel`, when the user presses Ctrl-C. The engine ends this process itself once it has
 *   the answers;
 * - SIGTERM, SIGINT, or the loss of the engine. This process then ends after its last operation.
 */
const controller = new AbortController();
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** Milliseconds left for sending the answers to the engine. */
const LINGER_MS = 500;
let holders = 0;
let isEnding = false;

/** Aborted when operations must end, and never reset: an operation that begins later makes no client call. */
export const cancelSignal: AbortSignal = controller.signal;

function cancel(): void {
  controller.abort();
}

function end(): void {
  isEnding = true;
  cancel();
  if (holders === 0) exitSoon();
}

function exitSoon(): void {
  setTimeout(() => process.exit(130), LINGER_MS).unref();
}

onCancelCall(cancel);
const engine = engineAddress();
if (engine !== undefined) onEngineLost(engine, end);

export function shutdownSignal(): { signal: AbortSignal; release: () => void } {
  if (holders++ === 0) for (const name of SIGNALS) process.on(name, end);
  return {
    signal: controller.signal,
    release() {
      if (--holders > 0) return;
      for (const name of SIGNALS) process.off(name, end);
      if (isEnding) exitSoon();
    },
  };
}
