import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";
import type { MountInput } from "../instance/model.ts";

export interface MountInputs extends MachineInputs, MountInput {
  allowRestart?: boolean;
}

export type MountState = MountInputs;

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
