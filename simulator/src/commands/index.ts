import { alias, aliases, prefer, unalias } from "./aliases.ts";
import type { Command } from "./command.ts";
import { purge, recover, remove } from "./delete.ts";
import { exec, shell } from "./exec.ts";
import { find } from "./find.ts";
import { info } from "./info.ts";
import { launch } from "./launch.ts";
import { list } from "./list.ts";
import { authenticate, help, networks, version } from "./miscellaneous.ts";
import { mount, umount } from "./mount.ts";
import { restart, start, stop, suspend } from "./power.ts";
import { get, set } from "./settings.ts";
import { clone, restore, snapshot } from "./snapshots.ts";
import { transfer } from "./transfer.ts";
import { waitReady } from "./wait-ready.ts";
import { disableZones, enableZones, zones } from "./zones.ts";

/** All commands by the names that the client knows. */
export const commands: Record<string, Command> = {
  alias,
  aliases,
  authenticate,
  clone,
  delete: remove,
  "disable-zones": disableZones,
  "enable-zones": enableZones,
  exec,
  find,
  get,
  help,
  info,
  launch,
  list,
  mount,
  networks,
  prefer,
  purge,
  recover,
  restart,
  restore,
  set,
  shell,
  snapshot,
  start,
  stop,
  suspend,
  transfer,
  umount,
  unalias,
  version,
  "wait-ready": waitReady,
  zones,
};
