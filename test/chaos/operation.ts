/**
 * Stands for the plugin process with one operation of any resource: carries it out and prints its outcome as one line of JSON. stdin: one
 * JSON document, `Order`.
 */
import { text } from "node:stream/consumers";
import { newHost } from "../../provider/host.ts";
import { createAlias, updateAlias } from "../../provider/lifecycle/alias/operations.ts";
import { createClone } from "../../provider/lifecycle/clone/create.ts";
import { deleteClone, updateClone } from "../../provider/lifecycle/clone/operations.ts";
import type { Context } from "../../provider/lifecycle/context.ts";
import { createFile } from "../../provider/lifecycle/file/operations.ts";
import { createMount, deleteMount, updateMount } from "../../provider/lifecycle/mount/operations.ts";
import { createRestore, updateRestore } from "../../provider/lifecycle/restore/operations.ts";
import { createSetting, deleteSetting, updateSetting } from "../../provider/lifecycle/setting/operations.ts";
import { createSnapshot } from "../../provider/lifecycle/snapshot/create.ts";
import { deleteSnapshotResource, updateSnapshot } from "../../provider/lifecycle/snapshot/operations.ts";
import { Timeline } from "../../provider/readiness/timeline.ts";
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
  scale: number;
}

const order: Order = JSON.parse(await text(process.stdin));
const clock = scaledClock(order.scale);
const log = () => undefined;
const ctx: Context = {
  host: newHost(order.client, clock),
  clock,
  random: Math.random,
  signal: new AbortController().signal,
  log: { status: log, info: log, warn: log },
  timeline: new Timeline(clock),
};
const carryOut = OPERATIONS[order.operation] as (ctx: Context, ...rest: unknown[]) => Promise<unknown>;
console.log(JSON.stringify((await carryOut(ctx, ...order.with)) ?? null));
