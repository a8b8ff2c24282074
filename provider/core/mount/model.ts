import * as v from "valibot";
import { instanceName } from "../check.ts";
import { COMMON, flag, type PowerState } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";
import { mount } from "../instance/mounts.ts";

export const MOUNT = {
  instance: argument(instanceName, { change: "replace", secret: "public" }),
  source: argument(mount.entries.source, { change: "update", secret: "marked" }),
  target: argument(mount.entries.target, { change: "replace", secret: "marked" }),
  type: argument(mount.entries.type, {
    change: (asked = "classic", was = "classic") => (asked === was ? undefined : "update"),
    secret: "marked",
  }),
  uidMappings: argument(mount.entries.uidMappings, { change: "update", secret: "marked" }),
  gidMappings: argument(mount.entries.gidMappings, { change: "update", secret: "marked" }),
  allowRestart: argument(v.optional(flag), { change: "record", secret: "marked" }),
  /** Whether the instance is an `Instance` with the argument `mounts`. */
  instanceDeclaresMounts: argument(v.optional(v.boolean()), { change: "never", secret: "public" }),
  ...COMMON,
};

export type MountInputs = ArgumentsOf<typeof MOUNT>;

export interface MountState extends MountInputs {
  /** False if the instance is not back in its earlier power state, or nobody heard the end of the create. */
  ready?: boolean;
  /** The power state that could not be put back. */
  owed?: PowerState;
}
