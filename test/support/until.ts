import { until as untilWithin } from "./run.ts";

/**
 * Polls until a condition is true. The limit is generous, because processes wait for their turn on a busy
 * computer.
 */
export const until = (holds: () => Promise<boolean> | boolean) => untilWithin(holds, 60_000);
