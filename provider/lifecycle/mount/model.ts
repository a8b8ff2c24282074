import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";
import type { MountInput, PowerState } from "../instance/model.ts";

export interface MountInputs extends MachineInputs, MountInput {
  allowRestart?: boolean;
}

export interface MountState extends MountInputs {
  /** False where the machine was not put back into the state that it had before. */
  ready?: boolean;
  /** That state. */
  owed?: PowerState;
}

export const MOUNT_COSTS: Costs = {
  instance: "replace",
  target: "replace",
  source: "update",
  type: "update",
  uidMappings: "update",
  gidMappings: "update",
  allowRestart: "record",
  ...RECORDED,
};
