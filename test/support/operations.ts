import * as alias from "../../provider/core/alias/resource.ts";
import * as cloneCreate from "../../provider/core/clone/create.ts";
import * as clone from "../../provider/core/clone/resource.ts";
import * as command from "../../provider/core/command/resource.ts";
import type { TimeoutsInput } from "../../provider/core/common.ts";
import type { Multipass } from "../../provider/core/context.ts";
import * as file from "../../provider/core/file/resource.ts";
import * as instanceCreate from "../../provider/core/instance/create.ts";
import * as instanceDelete from "../../provider/core/instance/delete.ts";
import * as instanceRead from "../../provider/core/instance/read.ts";
import * as instanceUpdate from "../../provider/core/instance/update.ts";
import * as mount from "../../provider/core/mount/resource.ts";
import { Deadline } from "../../provider/core/operation/deadline.ts";
import { Operation, type Surroundings } from "../../provider/core/operation/operation.ts";
import { timeoutOf } from "../../provider/core/operation/timing.ts";
import * as restore from "../../provider/core/restore/resource.ts";
import * as setting from "../../provider/core/setting/resource.ts";
import * as snapshotCreate from "../../provider/core/snapshot/create.ts";
import * as snapshot from "../../provider/core/snapshot/resource.ts";
import type { Clock } from "../../provider/driver/clock.ts";

/** Surroundings for a test's operation: its messages are discarded, and nothing ends it. */
export function surroundings(
  multipass: Multipass,
  clock: Clock,
  changes: Partial<Surroundings> = {},
): Surroundings {
  const quiet = () => undefined;
  return {
    multipass,
    clock,
    random: Math.random,
    signal: new AbortController().signal,
    log: { status: quiet, info: quiet, warn: quiet },
    ...changes,
  };
}

/** An operation with a time limit in milliseconds. */
export function operationFor(ms: number, surroundings: Surroundings): Operation {
  return new Operation(surroundings, new Deadline(surroundings.clock, ms));
}

/** Begins an operation as a door does. The time limit comes from the properties in its last argument. */
function begun<A extends unknown[], R>(
  kind: keyof TimeoutsInput,
  run: (op: Operation, ...args: A) => R,
): (surroundings: Surroundings, ...args: A) => R {
  return (surroundings, ...args) => {
    const properties = args.at(-1) as { timeouts?: TimeoutsInput };
    return run(operationFor(timeoutOf(kind, properties), surroundings), ...args);
  };
}

export const createAlias = begun("create", alias.createAlias);
export const updateAlias = begun("update", alias.updateAlias);
export const deleteAlias = begun("delete", alias.deleteAlias);

export const createClone = begun("create", cloneCreate.createClone);
export const readClone = begun("read", clone.readClone);
export const updateClone = begun("update", clone.updateClone);
export const deleteClone = begun("delete", clone.deleteClone);

export const createCommand = begun("create", command.createCommand);
export const readCommand = begun("read", command.readCommand);
export const updateCommand = begun("update", command.updateCommand);
export const deleteCommand = begun("delete", command.deleteCommand);

export const createFile = begun("create", file.createFile);
export const readFile = begun("read", file.readFile);
export const updateFile = begun("update", file.updateFile);
export const deleteFile = begun("delete", file.deleteFile);

export const createInstance = begun("create", instanceCreate.createInstance);
export const readInstance = begun("read", instanceRead.readInstance);
export const updateInstance = begun("update", instanceUpdate.updateInstance);
export const deleteInstance = begun("delete", instanceDelete.deleteInstance);

export const createMount = begun("create", mount.createMount);
export const readMount = begun("read", mount.readMount);
export const updateMount = begun("update", mount.updateMount);
export const deleteMount = begun("delete", mount.deleteMount);

export const createRestore = begun("create", restore.createRestore);
export const updateRestore = begun("update", restore.updateRestore);

export const createSetting = begun("create", setting.createSetting);
export const readSetting = begun("read", setting.readSetting);
export const updateSetting = begun("update", setting.updateSetting);
export const deleteSetting = begun("delete", setting.deleteSetting);

export const createSnapshot = begun("create", snapshotCreate.createSnapshot);
export const readSnapshot = begun("read", snapshot.readSnapshot);
export const updateSnapshot = begun("update", snapshot.updateSnapshot);
export const deleteSnapshotResource = begun("delete", snapshot.deleteSnapshotResource);
