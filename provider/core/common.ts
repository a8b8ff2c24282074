import * as v from "valibot";
import { duration } from "./check.ts";
import { type ArgumentsOf, argument } from "./description.ts";
import { host, hostChange } from "./host.ts";

export const text = v.pipe(v.string(), v.minLength(1, "is empty"));
export const noLineBreak = v.check((value: string) => !value.includes("\n"), "has a line break");
export const flag = v.boolean("must be true or false");
export const positive = v.pipe(
  v.number("must be a number"),
  v.integer("must be a whole number"),
  v.minValue(1, "must be at least 1"),
);

/** Numbers that a state does not preserve, such as `Number(undefined)`. */
function isLostInState(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  return typeof value === "object" && value !== null && Object.values(value).some(isLostInState);
}

/** Any value that can be compared with the one from the last run. */
export const trigger = v.pipe(
  v.unknown(),
  v.check(
    (value) => !isLostInState(value),
    "contains a number that a state cannot store (NaN, Infinity or -0), so it would change on every run",
  ),
);

export const timeouts = v.strictObject({
  create: v.optional(duration),
  update: v.optional(duration),
  delete: v.optional(duration),
  read: v.optional(duration),
});
export type TimeoutsInput = v.InferOutput<typeof timeouts>;

export const powerState = v.picklist(
  ["running", "stopped", "suspended"],
  'must be "running", "stopped" or "suspended"',
);

export type PowerState = v.InferOutput<typeof powerState>;

/** The values of `deletionPolicy`, for things that Multipass can recover after a delete. */
export const deletionPolicy = v.optional(v.picklist(["purge", "keep"], 'must be "purge" or "keep"'));

/** Whether a state that Multipass reports is the wanted power state. */
export function isIn(wanted: PowerState, state: string): boolean {
  return { running: "Running", stopped: "Stopped", suspended: "Suspended" }[wanted] === state;
}

export const COMMON = {
  timeouts: argument(v.optional(timeouts), { change: "record", secret: "marked" }),
  /** Path of the `multipass` client; default: looked up. */
  multipassPath: argument(v.optional(text), { change: "record", secret: "marked" }),
  /** The host that runs Multipass; default: this computer. */
  host: argument(v.optional(host), { change: hostChange, secret: "public" }),
  /** The resource's URN. */
  owner: argument(v.string(), { change: "never", secret: "public" }),
  /** The names of the arguments that the program has marked as secrets. */
  secrets: argument(v.optional(v.array(v.string())), { change: "never", secret: "public" }),
};

export type CommonProperties = ArgumentsOf<typeof COMMON>;

/** Pulumi's logical name; the prefix of an automatic name. */
export const logicalName = argument(v.optional(v.string()), { change: "never", secret: "public" });
/** The seed of an automatic name's random part, if Pulumi gives one. */
export const nameSeed = argument(v.optional(v.string()), { change: "never", secret: "public" });
