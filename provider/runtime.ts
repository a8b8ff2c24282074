/**
 * What the thin provider in Pulumi's state imports inside the plugin process, as `pulumi-multipass/runtime`.
 *
 * The names that this module exports are for ever: states written by every released version call them.
 *
 * @module
 */

import "./requires-node.ts";

import { alias as aliases } from "./runtime/alias.ts";
import { instanceName } from "./runtime/claims.ts";
import { clone as clones } from "./runtime/clone.ts";
import { command as commands } from "./runtime/command.ts";
import { dynamicProvider } from "./runtime/dynamic.ts";
import { file as files } from "./runtime/file.ts";
import { instance as instances } from "./runtime/instance.ts";
import { mount as mounts } from "./runtime/mount.ts";
import { restore as restores } from "./runtime/restore.ts";
import { setting as settings } from "./runtime/setting.ts";
import { snapshot as snapshots } from "./runtime/snapshot.ts";

export const alias = dynamicProvider(aliases, ({ name }) => ({ property: "name", of: ["alias", name] }));
export const clone = dynamicProvider(clones, instanceName);
export const command = dynamicProvider(commands);
export const file = dynamicProvider(files, ({ instance, path, directory }) =>
  // The files of two directories can go into one.
  directory === undefined ? { property: "path", of: ["file", instance, path] } : undefined,
);
export const instance = dynamicProvider(instances, instanceName);
export const mount = dynamicProvider(mounts, ({ instance, target }) => ({
  property: "target",
  of: ["mount", instance, target],
}));
export const restore = dynamicProvider(restores);
export const setting = dynamicProvider(settings, ({ key }) => ({ property: "key", of: ["setting", key] }));
export const snapshot = dynamicProvider(snapshots, ({ instance, name }) => ({
  property: "name",
  of: ["snapshot", instance, name],
}));
