import * as v from "valibot";
import { sameSize } from "../../driver/size.ts";
import { instanceName } from "../check.ts";
import { COMMON, deletionPolicy, flag, logicalName, nameSeed, type PowerState } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";
import { INSTANCE, type InstanceState } from "../instance/model.ts";
import { readiness } from "../instance/waiting.ts";

/** For sizes: an omitted one is the source's, and never a change. */
const size = { leftOut: "keeps", secret: "marked" } as const;

const resized = (asked: string | undefined, was: string | undefined) =>
  asked !== undefined && was !== undefined && sameSize(asked, was) ? undefined : "update";

export const CLONE = {
  source: argument(instanceName, { change: "replace", secret: "marked" }),
  name: argument(v.optional(instanceName), { change: "replace", secret: "public" }),
  cpus: argument(INSTANCE.cpus.schema, { ...size, change: "update" }),
  memory: argument(INSTANCE.memory.schema, { ...size, change: resized }),
  disk: argument(INSTANCE.disk.schema, { ...size, change: resized }),
  // The diff compares it with the copy's current state.
  powerState: argument(v.optional(v.picklist(["running", "stopped"], 'must be "running" or "stopped"')), {
    change: "never",
    secret: "marked",
  }),
  adopt: argument(v.optional(flag), { change: "record", secret: "marked" }),
  allowRestart: argument(v.optional(flag), { change: "record", secret: "marked" }),
  deletionPolicy: argument(deletionPolicy, { change: "record", secret: "marked" }),
  readiness: argument(v.optional(readiness), { change: "record", secret: "marked" }),
  logicalName,
  nameSeed,
  ...COMMON,
};

export interface CloneInputs extends ArgumentsOf<typeof CLONE> {
  name: string;
}

export interface CloneState
  extends CloneInputs,
    Pick<
      InstanceState,
      "state" | "ready" | "ipAddress" | "ipv4" | "release" | "imageRelease" | "multipassVersion"
    > {
  /** The earlier power state of the source, if it could not be put back. */
  owed?: PowerState;
}
