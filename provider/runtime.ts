/**
 * What the thin provider in Pulumi's state imports inside the plugin process, as `pulumi-multipass/runtime`.
 *
 * The names that this module exports are for ever: states written by every released version call them.
 *
 * @module
 */

import "./requires-node.ts";

export { alias } from "./runtime/alias.ts";
export { clone } from "./runtime/clone.ts";
export { command } from "./runtime/command.ts";
export { file } from "./runtime/file.ts";
export { instance } from "./runtime/instance.ts";
export { mount } from "./runtime/mount.ts";
export { restore } from "./runtime/restore.ts";
export { setting } from "./runtime/setting.ts";
export { snapshot } from "./runtime/snapshot.ts";
