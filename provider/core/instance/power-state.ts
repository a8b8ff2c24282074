import * as v from "valibot";

export type PowerState = v.InferOutput<typeof powerState>;

export const powerState = v.picklist(
  ["running", "stopped", "suspended"],
  'must be "running", "stopped" or "suspended"',
);

/** Whether a state that Multipass reports is the wanted power state. */
export function isIn(wanted: PowerState, state: string): boolean {
  return { running: "Running", stopped: "Stopped", suspended: "Suspended" }[wanted] === state;
}
