import { hash } from "node:crypto";
import { MultipassError } from "../../driver/errors.ts";
import type { ListedInstance } from "../../driver/schema.ts";
import { type Entry, type Standing, standingOf } from "../ledger/ledger.ts";
import type { Operation } from "../operation/operation.ts";
import { meaningOf } from "../user-data/meaning.ts";
import { rewriteAsFirstVersion } from "../user-data/write.ts";
import { ARGUMENTS, answersOf, type InstanceInputs, type InstanceState, type Launched } from "./model.ts";

const namesOf = (identity: "placed" | "named") =>
  ARGUMENTS.filter((name) => answersOf(name).identity === identity);

/** The arguments that are part of an instance's identity, for error messages. */
export const IDENTITY = [...namesOf("placed"), ...namesOf("named")].join(", ").replace(/, (?=\w+$)/, " or ");

/** Hashes the arguments of an instance's identity, to tell whether a launch made that instance. */
export function fingerprint(inputs: InstanceInputs): string {
  return fingerprintWith(inputs, meaningOf(inputs.cloudInit));
}

/** Whether a launch with this fingerprint makes the instance that is asked for. */
export function isFingerprintOf(recorded: string, inputs: InstanceInputs): boolean {
  if (recorded === fingerprint(inputs)) return true;
  // Version 0.1.0 hashed the text of the user-data itself.
  const texts =
    inputs.cloudInit === undefined ? [] : [inputs.cloudInit, rewriteAsFirstVersion(inputs.cloudInit)];
  return texts.some((text) => recorded === fingerprintWith(inputs, text));
}

function fingerprintWith(inputs: InstanceInputs, cloudInit: string | undefined): string {
  const values = { ...inputs, cloudInit };
  const named = namesOf("named").filter((name) => values[name] !== undefined);
  const parts = [
    ...namesOf("placed").map((name) => values[name]),
    ...named.map((name) => [name, values[name]]),
  ];
  return hash("sha256", JSON.stringify(parts));
}

/** The parts of a state that show whether an operation has seen the instance. */
export type Look = Pick<InstanceState, "ready" | "seen" | "multipassVersion">;

/**
 * Whether an instance is, or may become, this resource's. The ledger decides: an instance that another
 * resource has made or adopted is no longer ours. A create that gave up before any launch leaves a state, but
 * no instance. If there is one all the same, somebody else has made it.
 */
export function mayBeOurs(state: Look, standing: Standing): boolean {
  switch (standing) {
    case "foreign":
      return false;
    case "unrecorded":
    case "released":
    case "superseded":
      return wasSeen(state);
    default:
      return true;
  }
}

export function isRecordedAsOurs(standing: Standing): boolean {
  return standing !== "unrecorded" && standing !== "foreign";
}

/** Whether an earlier operation has seen this instance. Then it is ours, whatever the ledger says. */
export function wasSeen({ ready, seen, multipassVersion }: Look): boolean {
  // A state without the field has a version only if its instance was seen.
  return ready || (seen ?? multipassVersion !== "");
}

/** How to recognise an instance that an interrupted create made. */
interface Recognition {
  isSame(fingerprint: string): boolean;
  /** The arguments that the fingerprint covers, in words. */
  of: string;
}

/**
 * Decides whether this resource may take over an existing instance.
 *
 * @param options.creation the create whose state Pulumi holds, if any
 */
export function claim(
  op: Operation,
  inputs: InstanceInputs,
  existing: ListedInstance,
  entry: Entry | undefined,
  { made, creation }: { made?: Recognition; creation?: string | undefined } = {},
): Launched {
  const { name, owner, adopt } = inputs;
  const { isSame, of } = made ?? { isSame: (one) => isFingerprintOf(one, inputs), of: IDENTITY };
  if (entry && ["begun", "made", "unheard", "held"].includes(standingOf(entry, { owner, creation }))) {
    if (isSame(entry.fingerprint) || adopt) return { how: "resumed", confirmed: false, direct: entry.direct };
    throw new MultipassError(`Unable to launch instance "${name}"`, {
      kind: "instance-exists",
      details: `an interrupted create of this resource left an instance of that name with another ${of}`,
      remedy: `Remove it with \`multipass delete --purge ${name}\` and run \`pulumi up\` again, or keep it as it is with the argument \`adopt: true\`.`,
    });
  }
  if (adopt && existing.state !== "Deleted") {
    op.log.info(`adopted the existing instance "${name}"`);
    return { how: "adopted", confirmed: false };
  }
  throw notOurs(inputs, existing);
}

export function notOurs(inputs: Pick<InstanceInputs, "name">, existing: ListedInstance): MultipassError {
  const deleted = existing.state === "Deleted";
  return new MultipassError(`Unable to launch instance "${inputs.name}"`, {
    kind: "instance-exists",
    details: deleted
      ? "a deleted instance still has that name"
      : `an instance of that name already exists (${existing.state}), and this stack did not create it`,
    remedy: deleted
      ? `Bring it back with \`multipass recover ${inputs.name}\`, remove it with \`multipass delete --purge ${inputs.name}\`, or choose another name.`
      : "Choose another name, or take the instance under this stack's management with the argument `adopt: true`.",
  });
}
