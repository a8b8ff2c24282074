/**
 * Stands for the plugin process with one operation of any resource: carries it out and prints its outcome as one line of JSON. stdin: one
 * JSON document, `Order`.
 */
import { text } from "node:stream/consumers";
import { newMultipass } from "../../provider/core/multipass.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import { SshHost } from "../../provider/driver/transport/ssh.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import {
  createAlias,
  createClone,
  createFile,
  createMount,
  createRestore,
  createSetting,
  createSnapshot,
  deleteClone,
  deleteMount,
  deleteSetting,
  deleteSnapshotResource,
  surroundings,
  updateAlias,
  updateClone,
  updateMount,
  updateRestore,
  updateSetting,
  updateSnapshot,
} from "../support/operations.ts";
import { scaledClock } from "../support/scaled-clock.ts";

const OPERATIONS = {
  createAlias,
  updateAlias,
  createClone,
  updateClone,
  deleteClone,
  createFile,
  createMount,
  updateMount,
  deleteMount,
  createRestore,
  updateRestore,
  createSetting,
  updateSetting,
  deleteSetting,
  createSnapshot,
  updateSnapshot,
  deleteSnapshotResource,
};

export interface Order {
  operation: keyof typeof OPERATIONS;
  /** What it gets besides its context. */
  with: unknown[];
  client: string;
  /** The host that the client is on, for ssh; undefined for this computer. */
  host?: string | undefined;
  scale: number;
}

const order: Order = JSON.parse(await text(process.stdin));
const clock = scaledClock(order.scale);
const host = order.host === undefined ? undefined : new SshHost(order.host);
const ctx = surroundings(newMultipass(order.client, clock, thisComputer, undefined, host), clock);
const carryOut = OPERATIONS[order.operation] as (ctx: Surroundings, ...rest: unknown[]) => Promise<unknown>;
console.log(JSON.stringify((await carryOut(ctx, ...order.with)) ?? null));
