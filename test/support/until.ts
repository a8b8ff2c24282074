import { until as untilWithin } from "./run.ts";

/** Waits for what has to come true. On a busy machine each process waits for its turn; only what never comes is a fault. */
export const until = (holds: () => Promise<boolean> | boolean) => untilWithin(holds, 60_000);
