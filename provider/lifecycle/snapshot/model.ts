import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";
import type { PowerState } from "../instance/model.ts";

export interface SnapshotInputs extends MachineInputs {
  name: string;
  comment?: string;
  adopt?: boolean;
  allowRestart?: boolean;
  deletionPolicy?: "purge" | "keep";
  /** Pulumi's logical name; the prefix of an automatic name. */
  logicalName?: string;
}

export interface SnapshotState extends SnapshotInputs {
  comment: string;
  parent: string;
  created: string;
  /** Whether the machine was put back into the state that it had before. */
  ready: boolean;
  /** That state, where it was not. */
  owed?: PowerState;
}

export const SNAPSHOT_COSTS: Costs = {
  instance: "replace",
  name: "update",
  adopt: "record",
  allowRestart: "record",
  deletionPolicy: "record",
  ...RECORDED,
};
