import { createHash } from "node:crypto";
import { MultipassError } from "../../multipass/errors.ts";
import type { ListedInstance } from "../../multipass/schema.ts";
import type { JournalEntry } from "../../readiness/journal.ts";
import type { Context } from "../context.ts";
import type { InstanceInputs, Launched } from "./model.ts";

/** What of the arguments only a replacement can change: two launches that differ in it make different machines. */
export function fingerprint(inputs: InstanceInputs): string {
  const { image, cloudInit, networks, bridged, zone } = inputs;
  return createHash("sha256")
    .update(JSON.stringify([image, cloudInit, networks, bridged, zone]))
    .digest("hex");
}

/** Decides whether a machine that is there already may be taken for this resource. */
export function claim(
  ctx: Context,
  inputs: InstanceInputs,
  existing: ListedInstance,
  entry: JournalEntry | undefined,
): Launched {
  if (entry?.owner === inputs.owner) {
    if (entry.fingerprint === fingerprint(inputs) || inputs.adopt)
      return { how: "resumed", confirmed: false };
    throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
      kind: "instance-exists",
      details:
        "an interrupted create of this resource has left an instance of that name with another image, cloudInit, network or zone",
      remedy: `Remove it with \`multipass delete --purge ${inputs.name}\` and run \`pulumi up\` again, or keep it as it is with the argument \`adopt: true\`.`,
    });
  }
  if (inputs.adopt && existing.state !== "Deleted") {
    ctx.log.info(`adopted the existing instance "${inputs.name}"`);
    return { how: "adopted", confirmed: false };
  }
  throw notOurs(inputs, existing);
}

export function notOurs(inputs: InstanceInputs, existing: ListedInstance): MultipassError {
  const deleted = existing.state === "Deleted";
  return new MultipassError(`Unable to launch instance "${inputs.name}"`, {
    kind: "instance-exists",
    details: deleted
      ? "a deleted instance of that name still owns it"
      : `an instance of that name exists already (${existing.state}), and this stack did not make it`,
    remedy: deleted
      ? `Bring it back with \`multipass recover ${inputs.name}\`, remove it with \`multipass delete --purge ${inputs.name}\`, or choose another name.`
      : "Choose another name, or take the instance under this stack's management with the argument `adopt: true`.",
  });
}
