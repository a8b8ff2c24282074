/**
 * Manage Canonical Multipass instances with Pulumi.
 *
 * @module
 */
export type { Machine, MachineArgs, MachineResource } from "./resources/base.ts";
export { Command, type CommandArgs } from "./resources/command.ts";
export { File, type FileArgs } from "./resources/file.ts";
export {
  Instance,
  type InstanceArgs,
  type MountArgs,
  type NetworkArgs,
  type ReadinessArgs,
  type ReadinessCheckArgs,
  type RemediesArgs,
  type ResolvedImage,
  type RetryArgs,
  type Timeline,
  type TimeoutArgs,
} from "./resources/instance.ts";
