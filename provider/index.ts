/**
 * Manage Canonical Multipass instances with Pulumi.
 *
 * @module
 */

export {
  type GetImagesArgs,
  type GetInstanceArgs,
  getImages,
  getImagesOutput,
  getInstance,
  getInstanceOutput,
  getInstances,
  getInstancesOutput,
  getNetworks,
  getNetworksOutput,
  getVersion,
  getVersionOutput,
  type ImageLookup,
  type InstanceLookup,
  type LookupArgs,
  type NetworkLookup,
  type VersionLookup,
} from "./lookups.ts";
export { Alias, type AliasArgs } from "./resources/alias.ts";
export type { Machine, MachineArgs, MachineResource } from "./resources/base.ts";
export { Clone, type CloneArgs } from "./resources/clone.ts";
export { Command, type CommandArgs } from "./resources/command.ts";
export { File, type FileArgs } from "./resources/file.ts";
export {
  Instance,
  type InstanceArgs,
  type InstanceMount,
  type InstanceMountArgs,
  type NetworkArgs,
  type ResolvedImage,
  type Timeline,
} from "./resources/instance.ts";
export {
  InstanceGroup,
  type InstanceGroupArgs,
  type Member,
  type MemberArgs,
} from "./resources/instance-group.ts";
export { Mount, type MountArgs } from "./resources/mount.ts";
export { type LastRestore, Restore, type RestoreArgs } from "./resources/restore.ts";
export { Setting, type SettingArgs } from "./resources/setting.ts";
export { Snapshot, type SnapshotArgs } from "./resources/snapshot.ts";
export type {
  ReadinessArgs,
  ReadinessCheckArgs,
  RemediesArgs,
  RetryArgs,
  TimeoutArgs,
} from "./resources/waiting.ts";
