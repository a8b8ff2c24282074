import type { FaultPlan } from "./fault-plan.ts";

/**
 * Written into the world's folder by `startSimulator`, for the daemon's process and for `attachSimulator`.
 */
export interface SimulatorFile {
  /** Default: the world's previous version, 1.17.0 for a new world. */
  version?: string | undefined;
  timeScale: number;
  seed: number;
  faults: FaultPlan;
  /** Whether the world is removed with the simulator. */
  temporary: boolean;
  /** Whether the simulator outlives the process that started it. */
  detached: boolean;
}
