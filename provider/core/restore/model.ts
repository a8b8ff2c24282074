import * as v from "valibot";
import { instanceName } from "../check.ts";
import { COMMON, flag, type PowerState, trigger } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";

/** Only a new trigger restores. A restore on any other change would come as a surprise. */
export const RESTORE = {
  instance: argument(instanceName, { change: "record", secret: "public" }),
  snapshot: argument(instanceName, { change: "record", secret: "marked" }),
  /** Nothing is restored without one. The update compares it with the last one acted on. */
  trigger: argument(v.optional(trigger), { change: "record", secret: "marked" }),
  discardCurrentState: argument(flag, { change: "record", secret: "marked" }),
  allowRestart: argument(v.optional(flag), { change: "record", secret: "marked" }),
  ...COMMON,
};

export type RestoreInputs = ArgumentsOf<typeof RESTORE>;

export interface RestoreState extends RestoreInputs {
  /** The last trigger acted on; left out if there was none. */
  restored?: { trigger: unknown; snapshot: string; at: string };
  ready: boolean;
  owed?: PowerState;
}
