import * as v from "valibot";
import { duration, instanceName } from "./check.ts";
import type { TimeoutsInput } from "./timing.ts";

/** Properties that every resource on a machine has. */
export interface MachineInputs {
  /** Name of the machine in Multipass. */
  instance: string;
  timeouts?: TimeoutsInput;
  multipassPath?: string;
  /** The resource's URN. */
  owner: string;
}

export const text = v.pipe(v.string(), v.minLength(1, "is empty"));
export const flag = v.boolean("must be true or false");

/** Numbers that come back from a state as something else: `Number(undefined)` is one of them. */
function isLostInState(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  return typeof value === "object" && value !== null && Object.values(value).some(isLostInState);
}

/** Anything that can be told from what it was at the last run. */
export const trigger = v.pipe(
  v.unknown(),
  v.check(
    (value) => !isLostInState(value),
    "holds a number that a state cannot keep (NaN, Infinity, -0), so that it would be another one at every run",
  ),
);

/** Properties that no resource can do without. */
export const hiddenEntries = {
  timeouts: v.optional(
    v.strictObject({
      create: v.optional(duration),
      update: v.optional(duration),
      delete: v.optional(duration),
      read: v.optional(duration),
    }),
  ),
  multipassPath: v.optional(text),
  owner: v.unknown(),
  secrets: v.optional(v.unknown()),
};

export const machineEntries = { instance: instanceName, ...hiddenEntries };

/** The properties as the program wrote them, without Pulumi's own. */
export function withoutProvider(news: Record<string, unknown>): Record<string, unknown> {
  const { __provider, ...plain } = news;
  return plain;
}
