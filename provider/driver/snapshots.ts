import { type CallOptions, type Driver, STOP_MS } from "./driver.ts";
import { snapshotListSchema, snapshotsSchema } from "./schema.ts";

export interface ListedSnapshot {
  parent: string;
  comment: string;
}

/** All snapshots, by the instance's name and their own. Does not ask the guests. */
export async function listSnapshots(
  driver: Driver,
  options: CallOptions = {},
): Promise<Record<string, Record<string, ListedSnapshot>>> {
  return (await driver.ask(snapshotListSchema, ["list", "--snapshots"], options)).info;
}

/** Time of a snapshot, in Multipass's own format and time zone. */
export async function snapshotCreated(
  driver: Driver,
  instance: string,
  snapshot: string,
  options: CallOptions = {},
): Promise<string> {
  const { info } = await driver.ask(snapshotsSchema, ["info", `${instance}.${snapshot}`], options);
  return info[instance]?.snapshots[snapshot]?.created ?? "";
}

/** Takes a snapshot of a stopped instance. */
export async function takeSnapshot(
  driver: Driver,
  instance: string,
  name: string,
  comment: string | undefined,
  options: CallOptions = {},
): Promise<void> {
  const say = comment ? ["--comment", comment] : [];
  await driver.call(["snapshot", "--name", name, ...say, instance], STOP_MS, options);
}

/** Restores a stopped instance to a snapshot. Later changes are lost. */
export async function restoreSnapshot(
  driver: Driver,
  instance: string,
  snapshot: string,
  options: CallOptions = {},
): Promise<void> {
  await driver.call(["restore", "--destructive", `${instance}.${snapshot}`], STOP_MS, options);
}

/** Deletes one snapshot for good; Multipass offers no other way. */
export async function deleteSnapshot(
  driver: Driver,
  instance: string,
  snapshot: string,
  options: CallOptions = {},
): Promise<void> {
  await driver.call(["delete", "--purge", `${instance}.${snapshot}`], STOP_MS, options);
}
