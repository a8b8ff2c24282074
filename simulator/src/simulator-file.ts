import type { FaultPlan } from "./fault-plan.ts";

/** What `startSimulator` leaves in the world's folder for the daemon's process and for `attachSimulator`. */
export interface SimulatorFile {
  /** Left out: what the world was, 1.17.0 for a new one. */
  version?: string | undefined;
  timeScale: number;
  seed: number;
  faults: FaultPlan;
  /** Removed with the simulator. */
  temporary: boolean;
  /** It does not end with the process that started it. */
  detached: boolean;
}
