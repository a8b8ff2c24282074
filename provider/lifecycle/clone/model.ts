import { type Costs, RECORDED } from "../difference.ts";
import type { InstanceInputs, InstanceState, PowerState } from "../instance/model.ts";

/** What a clone shares with an instance. */
type Shared =
  | "name"
  | "cpus"
  | "memory"
  | "disk"
  | "adopt"
  | "allowRestart"
  | "deletionPolicy"
  | "readiness"
  | "timeouts"
  | "multipassPath"
  | "owner"
  | "logicalName";

export interface CloneInputs extends Pick<InstanceInputs, Shared> {
  /** Name of the machine that it is a copy of. */
  source: string;
  powerState?: "running" | "stopped";
}

export interface CloneState
  extends CloneInputs,
    Pick<
      InstanceState,
      "state" | "ready" | "ipAddress" | "ipv4" | "release" | "imageRelease" | "multipassVersion"
    > {
  /** The state that the source had before, where it could not be put back into it. */
  owed?: PowerState;
}

/** Besides sizes and power state, which are compared with what is in effect. */
export const CLONE_COSTS: Costs = {
  name: "replace",
  source: "replace",
  adopt: "record",
  allowRestart: "record",
  deletionPolicy: "record",
  readiness: "record",
  ...RECORDED,
};
