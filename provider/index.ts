/**
 * Manage Canonical Multipass instances with Pulumi.
 *
 * @module
 */

import "./doors/requires-node.ts";

// Types apart from values: TypeScript 3.8, which Pulumi falls back on where a program brings none, knows no `type` between braces.

export type { SshAccess } from "./core/ssh-access.ts";
export * from "./lookups.ts";
export * from "./resources/alias.ts";
export type {
  Host,
  HostArgs,
  Machine,
  MachineArgs,
  MachineResource,
  ResourceArgs,
} from "./resources/base.ts";
export * from "./resources/clone.ts";
export * from "./resources/command.ts";
export * from "./resources/file.ts";
export * from "./resources/instance.ts";
export * from "./resources/instance-group.ts";
export * from "./resources/mount.ts";
export * from "./resources/restore.ts";
export * from "./resources/setting.ts";
export * from "./resources/snapshot.ts";
export * from "./resources/waiting.ts";
