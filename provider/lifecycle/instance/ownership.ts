import { createHash } from "node:crypto";
import { MultipassError } from "../../multipass/errors.ts";
import type { ListedInstance } from "../../multipass/schema.ts";
import type { Journal, JournalEntry } from "../../readiness/journal.ts";
import type { Operation } from "../operation.ts";
import { meaningOf } from "../user-data/meaning.ts";
import { rewriteAsFirstVersion } from "../user-data/write.ts";
import type { InstanceInputs, InstanceState, Launched } from "./model.ts";

/** What of the arguments only a replacement can change: two launches that differ in it make different machines. */
export function fingerprint(inputs: InstanceInputs): string {
  return fingerprintWith(inputs, meaningOf(inputs.cloudInit));
}

/** Whether a launch of this fingerprint has made, or would make, the machine that is asked for. */
export function isFingerprintOf(recorded: string, inputs: InstanceInputs): boolean {
  if (recorded === fingerprint(inputs)) return true;
  // Version 0.1.0 hashed the text of the user-data itself.
  const texts =
    inputs.cloudInit === undefined ? [] : [inputs.cloudInit, rewriteAsFirstVersion(inputs.cloudInit)];
  return texts.some((text) => recorded === fingerprintWith(inputs, text));
}

function fingerprintWith(
  { image, networks, bridged, zone }: InstanceInputs,
  cloudInit: string | undefined,
): string {
  return createHash("sha256")
    .update(JSON.stringify([image, cloudInit, networks, bridged, zone]))
    .digest("hex");
}

/**
 * Whether a machine of this name is, or may come to be, this resource's. The journal has the last word: what another resource has made, or
 * adopted, is no longer this one's. A create that was given up before it launched anything leaves a
 * state, but no machine: one that is there all the same has been made by somebody else meanwhile.
 */
export function mayBeOurs(
  state: Pick<InstanceState, "ready" | "multipassVersion" | "owner" | "creation">,
  entry: JournalEntry | undefined,
): boolean {
  if (!entry) return wasSeen(state);
  return entry.owner === state.owner && (wasSeen(state) || !isLetGo(entry, state.creation));
}

/**
 * Whether Pulumi has known the machine and let it go (`retainOnDelete`, `state delete`): then it is nobody's, and by now perhaps somebody else's of
 * the same name.
 *
 * @param creation the create by whose state Pulumi goes on, if it does
 */
function isLetGo(entry: JournalEntry, creation: string | undefined): boolean {
  const isHeld = creation !== undefined && entry.creation === creation;
  return entry.phase === "created" && entry.known === true && !isHeld;
}

/** Whether an operation on this machine has ever been finished: then it is ours, whatever the journal has or lacks. */
export function wasSeen({
  ready,
  multipassVersion,
}: Pick<InstanceState, "ready" | "multipassVersion">): boolean {
  return ready || multipassVersion !== "";
}

/** Whether a launch that this resource has dispatched has made the machine, or may still make it. */
export function mayComeToBe(entry: JournalEntry | undefined, { owner }: InstanceInputs): boolean {
  return entry?.owner === owner && entry.phase !== "created";
}

/**
 * Writes down that Pulumi's state holds the machine, as an operation on it proves. Until then its create may have been cut off before Pulumi
 * wrote anything, and the next create of the resource goes on with it; from then on a create means that Pulumi has let it go.
 */
export async function markKnown(
  journal: Journal,
  name: string,
  owner: string,
  creation?: string,
): Promise<void> {
  const entry = await journal.read(name);
  // A predecessor that is still to be deleted proves nothing of the create that came upon its machine.
  if (creation !== undefined && entry?.creation !== creation) return;
  if (entry?.owner === owner && !entry.known) await journal.write({ ...entry, known: true });
}

/** Writes down that this is the state by which Pulumi goes on with the machine: what a later create began, of which it has not heard, is void. */
export async function markHeld(
  journal: Journal,
  name: string,
  state: Pick<InstanceState, "owner" | "creation" | "ready" | "multipassVersion">,
): Promise<void> {
  const { owner, creation } = state;
  const entry = await journal.read(name);
  if (entry?.owner !== owner || (entry.known && entry.creation === creation)) return;
  // A create that has never seen the machine has no more of it than its name.
  if (!wasSeen(state) && isLetGo(entry, creation)) return;
  const earlier = entry.superseded ?? [];
  const held =
    creation !== undefined && earlier.includes(creation)
      ? { creation, superseded: earlier.filter((one) => one !== creation) }
      : comeUpon(entry, state, creation);
  await journal.write({ ...entry, known: true, ...held });
}

/** What the journal is to say when a create comes upon the machine of an earlier one of the same resource, of which Pulumi may not hear. */
export function comeUpon(
  before: JournalEntry | undefined,
  { owner }: Pick<InstanceInputs, "owner">,
  creation: string | undefined,
): Pick<JournalEntry, "creation" | "superseded"> {
  if (before?.owner !== owner) return { creation };
  const { creation: last, superseded } = before;
  if (last === undefined || last === creation) return { creation, superseded };
  return { creation, superseded: [...(superseded ?? []), last] };
}

/**
 * Whether another create of the same resource has come upon the machine since, and Pulumi's state has that one: an unfinished create that
 * was to be replaced, with which the replacement has gone on. A create of which this journal knows nothing is no such one: another user, with a
 * journal of his own, may have made it.
 */
export function isTakenOver(
  { owner, creation }: Pick<InstanceState, "owner" | "creation">,
  entry: JournalEntry | undefined,
): boolean {
  if (entry?.owner !== owner || creation === undefined) return false;
  return entry.known === true && entry.superseded?.includes(creation) === true;
}

/** Gives a resource what it has begun under another URN: one that is called otherwise now, or stands elsewhere, is the same by Pulumi's `aliases`. */
export async function passOn(journal: Journal, name: string, from: string, to: string): Promise<void> {
  if (from === to) return;
  const entry = await journal.read(name);
  if (entry?.owner === from) await journal.write({ ...entry, owner: to });
}

/**
 * Milliseconds for which a finished create counts as one that Pulumi may not have heard of. Between its end and Pulumi's own record lie
 * milliseconds, but nothing tells a resource that was cut off there from one that `up --replace` makes anew, of which Pulumi shows no old
 * argument, either. For that time nothing is lost, at the price of a `--replace` that asks for a refresh first.
 */
const UNHEARD_MS = 3_600_000;

/**
 * The automatic name that an interrupted create of this resource was given. Pulumi has forgotten it with the create; with another name
 * the first machine would be lost.
 *
 * @param inState names of machines that Pulumi's state holds: one of these is being replaced, and keeps its name to itself
 */
export async function recalledName(
  journal: Journal,
  owner: string,
  inState: (name: string) => boolean,
): Promise<string | undefined> {
  const isOver = (entry: JournalEntry) =>
    entry.known || (entry.phase === "created" && Date.now() - Date.parse(entry.since) > UNHEARD_MS);
  const entries = (await journal.ofOwner(owner)).filter((entry) => !isOver(entry) && !inState(entry.name));
  return entries.sort((a, b) => (a.since < b.since ? 1 : -1))[0]?.name;
}

/**
 * Decides whether a machine that is there already may be taken for this resource.
 *
 * @param options.made whether a fingerprint is that of the machine that is asked for, and in words what it is made of
 * @param options.creation the create by whose state Pulumi goes on, if it does
 */
export function claim(
  op: Operation,
  inputs: InstanceInputs,
  existing: ListedInstance,
  entry: JournalEntry | undefined,
  {
    made = {
      isSame: (recorded) => isFingerprintOf(recorded, inputs),
      of: "image, cloudInit, network or zone",
    },
    creation,
  }: {
    made?: { isSame: (fingerprint: string) => boolean; of: string };
    creation?: string | undefined;
  } = {},
): Launched {
  if (entry?.owner === inputs.owner && !isLetGo(entry, creation)) {
    if (made.isSame(entry.fingerprint) || inputs.adopt)
      return { how: "resumed", confirmed: false, direct: entry.direct };
    throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
      kind: "instance-exists",
      details: `an interrupted create of this resource has left an instance of that name with another ${made.of}`,
      remedy: `Remove it with \`multipass delete --purge ${inputs.name}\` and run \`pulumi up\` again, or keep it as it is with the argument \`adopt: true\`.`,
    });
  }
  if (inputs.adopt && existing.state !== "Deleted") {
    op.log.info(`adopted the existing instance "${inputs.name}"`);
    return { how: "adopted", confirmed: false };
  }
  throw notOurs(inputs, existing);
}

export function notOurs(inputs: Pick<InstanceInputs, "name">, existing: ListedInstance): MultipassError {
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
