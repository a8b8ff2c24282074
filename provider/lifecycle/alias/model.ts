import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";

export interface AliasInputs extends MachineInputs {
  name: string;
  command: string;
  workingDirectory?: "map" | "default";
}

export interface AliasState extends AliasInputs {
  /** The context that was active when it was made. */
  context: string;
}

export const ALIAS_COSTS: Costs = {
  name: "replace",
  instance: "update",
  command: "update",
  workingDirectory: "update",
  ...RECORDED,
};
