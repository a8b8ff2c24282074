import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";
import type { PowerState } from "../instance/model.ts";

export interface RestoreInputs extends MachineInputs {
  snapshot: string;
  /** Nothing is restored while it is left out. */
  trigger?: unknown;
  discardCurrentState: boolean;
  allowRestart?: boolean;
}

export interface RestoreState extends RestoreInputs {
  /** The trigger that was last acted on; left out where none was. */
  restored?: { trigger: unknown; snapshot: string; at: string };
  ready: boolean;
  owed?: PowerState;
}

/** Only another trigger acts: a restore that comes with some other change would come by surprise. */
export const RESTORE_COSTS: Costs = {
  instance: "record",
  snapshot: "record",
  discardCurrentState: "record",
  allowRestart: "record",
  trigger: "record",
  ...RECORDED,
};
