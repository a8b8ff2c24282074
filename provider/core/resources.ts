import { alias } from "./alias/resource.ts";
import { clone } from "./clone/resource.ts";
import { command } from "./command/resource.ts";
import type { DESCRIPTIONS } from "./descriptions.ts";
import { file } from "./file/resource.ts";
import { instance } from "./instance/resource.ts";
import { mount } from "./mount/resource.ts";
import type { Resource } from "./resource.ts";
import { restore } from "./restore/resource.ts";
import { setting } from "./setting/resource.ts";
import { snapshot } from "./snapshot/resource.ts";

/** Every resource's operations, keyed by its type name. */
export const resources = {
  Alias: alias,
  Clone: clone,
  Command: command,
  File: file,
  Instance: instance,
  Mount: mount,
  Restore: restore,
  Setting: setting,
  Snapshot: snapshot,
} satisfies Record<keyof typeof DESCRIPTIONS, Resource>;
