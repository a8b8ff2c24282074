/**
 * Manage Canonical Multipass instances with Pulumi.
 *
 * @module
 */

import "./requires-node.ts";

// TypeScript 3.8, which Pulumi falls back on where a program brings none, knows no `type` between braces,
// and finds nothing behind `export *`.

export type {
  FileLookup,
  GetImagesArgs,
  GetInstanceArgs,
  ImageLookup,
  InstanceLookup,
  LookupArgs,
  LookupHost,
  NetworkLookup,
  ReadFileArgs,
  RunLookup,
  RunOutputArgs,
  VersionLookup,
} from "./lookups.ts";
export {
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
  readFile,
  readFileOutput,
  runOutput,
  runOutputOutput,
} from "./lookups.ts";
export type { AliasArgs } from "./resources/alias.ts";
export { Alias } from "./resources/alias.ts";
export type {
  Host,
  HostArgs,
  InInstanceArgs,
  InstanceRef,
  InstanceResource,
  Machine,
  MachineArgs,
  MachineResource,
  ResourceArgs,
  SshAccess,
} from "./resources/base.ts";
export type { CloneArgs } from "./resources/clone.ts";
export { Clone } from "./resources/clone.ts";
export type { CommandArgs } from "./resources/command.ts";
export { Command } from "./resources/command.ts";
export type { FileArgs } from "./resources/file.ts";
export { File } from "./resources/file.ts";
export type {
  InstanceArgs,
  InstanceMount,
  InstanceMountArgs,
  NetworkArgs,
  ResolvedImage,
  Timeline,
} from "./resources/instance.ts";
export { Instance } from "./resources/instance.ts";
export type { InstanceGroupArgs, Member, MemberArgs } from "./resources/instance-group.ts";
export { InstanceGroup } from "./resources/instance-group.ts";
export type { MountArgs } from "./resources/mount.ts";
export { Mount } from "./resources/mount.ts";
export type { LastRestore, RestoreArgs } from "./resources/restore.ts";
export { Restore } from "./resources/restore.ts";
export type { SettingArgs } from "./resources/setting.ts";
export { Setting } from "./resources/setting.ts";
export type { SnapshotArgs } from "./resources/snapshot.ts";
export { Snapshot } from "./resources/snapshot.ts";
export type {
  ReadinessArgs,
  ReadinessCheckArgs,
  RemediesArgs,
  RetryArgs,
  TimeoutArgs,
} from "./resources/waiting.ts";
