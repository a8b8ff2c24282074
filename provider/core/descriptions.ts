import { ALIAS } from "./alias/model.ts";
import { CLONE } from "./clone/model.ts";
import { COMMAND } from "./command/model.ts";
import { FILE } from "./file/model.ts";
import { INSTANCE } from "./instance/model.ts";
import { MOUNT } from "./mount/model.ts";
import { RESTORE } from "./restore/model.ts";
import { SETTING } from "./setting/model.ts";
import { SNAPSHOT } from "./snapshot/model.ts";

export const DESCRIPTIONS = {
  Alias: ALIAS,
  Clone: CLONE,
  Command: COMMAND,
  File: FILE,
  Instance: INSTANCE,
  Mount: MOUNT,
  Restore: RESTORE,
  Setting: SETTING,
  Snapshot: SNAPSHOT,
};
