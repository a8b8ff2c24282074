import * as v from "valibot";
import { instanceName } from "../check.ts";
import {
  COMMON,
  deletionPolicy,
  flag,
  logicalName,
  nameSeed,
  noLineBreak,
  type PowerState,
} from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";

export const SNAPSHOT = {
  instance: argument(instanceName, { change: "replace", secret: "public" }),
  // Multipass has one rule for the names of instances and snapshots.
  name: argument(v.optional(instanceName), { change: "update", secret: "public" }),
  comment: argument(v.optional(v.pipe(v.string(), noLineBreak)), {
    change: (asked = "", was) => (asked === was ? undefined : "update"),
    secret: "marked",
  }),
  adopt: argument(v.optional(flag), { change: "record", secret: "marked" }),
  allowRestart: argument(v.optional(flag), { change: "record", secret: "marked" }),
  deletionPolicy: argument(deletionPolicy, { change: "record", secret: "marked" }),
  logicalName,
  nameSeed,
  ...COMMON,
};

export interface SnapshotInputs extends ArgumentsOf<typeof SNAPSHOT> {
  name: string;
}

export interface SnapshotState extends SnapshotInputs {
  comment: string;
  parent: string;
  created: string;
  /** Whether the instance is back in its earlier power state. */
  ready: boolean;
  /** The power state that could not be put back. */
  owed?: PowerState;
}
