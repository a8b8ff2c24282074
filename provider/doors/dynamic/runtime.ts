/**
 * What the thin provider in Pulumi's state imports inside the plugin process, as `pulumi-multipass/runtime`.
 *
 * Never rename or remove an export: the states written by every released version call them.
 *
 * @module
 */

import "../../requires-node.ts";

import { resources } from "../../core/resources.ts";
import { dynamicProvider } from "./dynamic.ts";

export const alias = dynamicProvider(resources.Alias);
export const clone = dynamicProvider(resources.Clone);
export const command = dynamicProvider(resources.Command);
export const file = dynamicProvider(resources.File);
export const instance = dynamicProvider(resources.Instance);
export const mount = dynamicProvider(resources.Mount);
export const restore = dynamicProvider(resources.Restore);
export const setting = dynamicProvider(resources.Setting);
export const snapshot = dynamicProvider(resources.Snapshot);
