/**
 * A simulator of Multipass, for tests of stacks where no virtual machines can run.
 *
 * @packageDocumentation
 */
import "./requires-node.ts";

export type { InstanceChanges } from "./control-client.ts";
export type { Duration } from "./duration.ts";
export { checkFaultPlan, type FaultPlan, type LaunchFault, type LaunchPhase } from "./fault-plan.ts";
export {
  type ImageServer,
  type ImageServerOptions,
  type ServedImage,
  startImageServer,
} from "./image-server.ts";
export type { RecordedCall } from "./recorded-calls.ts";
export {
  attachSimulator,
  type SimulatedInstance,
  Simulator,
  type SimulatorOptions,
  startSimulator,
} from "./simulator.ts";
export type {
  DaemonState,
  ImageListState,
  InstanceState,
  InstanceStateRecord,
  MountState,
  NetworkState,
  PreparingState,
  SnapshotState,
  StaleImage,
  World,
  ZoneState,
} from "./world.ts";
