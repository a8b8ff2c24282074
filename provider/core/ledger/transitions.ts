import type { JournalEntry } from "./journal.ts";

/**
 * The record of an instance, by its name. An instance that this package never began to make has none. The
 * fields that make its state are the ledger's own: everybody else asks `standingOf`.
 */
export type Entry = Omit<JournalEntry, "phase" | "known" | "creation" | "superseded">;

/** The whole record. The ledger makes every entry, so the rest is always there. */
export const wholeOf = (entry: Entry): JournalEntry => entry as JournalEntry;

export type Launch = NonNullable<Entry["launch"]>;

/** What is recorded of a create. */
export type Made = Pick<Entry, "owner" | "name" | "fingerprint">;

export type Event =
  /** A create is about to launch or clone an instance. */
  | ({ is: "begun"; direct?: Entry["direct"]; since: string } & Made)
  /** Its launch runs, in its own process. */
  | { is: "dispatched"; launch: Launch }
  /** The instance exists. */
  | { is: "made" }
  /** The instance is what was asked for. Pulumi is told next, or knew it before (`acknowledged`). */
  | ({ is: "finished"; creation?: string | undefined; acknowledged: boolean; since: string } & Made)
  /** A create continues with an instance of an earlier one of its resource. Pulumi may never hear of it. */
  | { is: "cameUpon"; owner: string; creation: string | undefined }
  /** Pulumi's state holds the instance. Without `creation`, any create of the resource proves it. */
  | { is: "acknowledged"; owner: string; creation?: string | undefined }
  /** Pulumi continues from the state of this create. Whatever a later create began no longer counts. */
  | { is: "held"; owner: string; creation: string | undefined; wasSeen: boolean }
  /** Pulumi's state holds an instance that was imported from another resource's record. */
  | { is: "imported"; owner: string; creation: string | undefined; from: string }
  /** The resource has a new URN, through Pulumi's `aliases`. */
  | { is: "passedOn"; from: string; to: string };

type EventName = Event["is"];
type Of<K extends EventName> = Extract<Event, { is: K }>;
type Phase = JournalEntry["phase"];

/** The state of a record, as the resource of an event sees it. */
type State = "none" | "others" | Phase;

/** `same`: the event does not concern such a record. `never`: it cannot happen to one, and is refused. */
type After = Phase | "same" | "never";

/** Whether Pulumi's state is known to hold the instance after an event. */
type Known = "known" | "unknown" | "as before" | "as told";

const row = (
  none: After,
  others: After,
  launching: After,
  launched: After,
  created: After,
  known: Known,
) => ({
  after: { none, others, launching, launched, created } satisfies Record<State, After>,
  known,
});

// biome-ignore format: a table
const TABLE: Readonly<Record<EventName, ReturnType<typeof row>>> = {
  //                none         others       launching    launched     created
  begun:        row("launching", "launching", "launching", "launching", "launching", "as before"),
  dispatched:   row("never",     "never",     "launching", "never",     "never",     "as before"),
  made:         row("never",     "never",     "launched",  "never",     "never",     "as before"),
  finished:     row("created",   "created",   "created",   "created",   "created",   "as told"),
  cameUpon:     row("same",      "same",      "launching", "launched",  "created",   "unknown"),
  acknowledged: row("same",      "same",      "launching", "launched",  "created",   "known"),
  held:         row("same",      "same",      "launching", "launched",  "created",   "known"),
  imported:     row("same",      "created",   "same",      "same",      "same",      "known"),
  passedOn:     row("same",      "same",      "launching", "launched",  "created",   "as before"),
};

type Content = Omit<JournalEntry, "phase" | "known">;

/** The rest of the record after an event; undefined if the event tells it nothing new. */
const CONTENTS: { [K in EventName]: (before: JournalEntry, event: Of<K>) => Content | undefined } = {
  begun(before: JournalEntry | undefined, { is: _, ...begun }) {
    const { creation, superseded, phase } = before?.owner === begun.owner ? before : {};
    return { version: 1, ...begun, creation, superseded, earlier: phase === "launching" };
  },

  dispatched: (before, { launch }) => ({ ...before, launch }),

  made: (before) => before,

  finished(before: JournalEntry | undefined, { is: _, acknowledged: __, creation, ...finished }) {
    const took = before?.owner === finished.owner ? succeeding(before, creation) : { creation };
    return { version: 1, ...finished, ...took };
  },

  cameUpon: (before, { creation }) =>
    // Pulumi's state may have held the instance for an earlier create. For this one that proves nothing.
    before.creation === creation ? undefined : { ...before, ...succeeding(before, creation) },

  acknowledged(before, { creation }) {
    // The event may come from a predecessor that is still to be deleted. For the create that took over its
    // instance it proves nothing.
    const isProof = creation === undefined || creation === before.creation;
    return before.known || !isProof ? undefined : before;
  },

  held(before, { creation, wasSeen }) {
    if (before.known && before.creation === creation) return undefined;
    // A create that never saw another create's finished instance knows only its name, so it cannot claim it.
    if (!wasSeen && before.known && before.phase === "created") return undefined;
    const earlier = before.superseded ?? [];
    if (creation === undefined || !earlier.includes(creation))
      return { ...before, ...succeeding(before, creation) };
    return { ...before, creation, superseded: earlier.filter((one) => one !== creation) };
  },

  imported(before, { owner, creation, from }) {
    // Somebody else may have adopted it since, or made a new instance of that name.
    if (recordId(before) !== from || before.phase === "launching") return undefined;
    return { ...before, owner, creation, superseded: undefined };
  },

  passedOn: (before, { to }) => ({ ...before, owner: to }),
};

/** A create takes over the instance of the last create, which is then superseded. */
function succeeding(
  { creation: last, superseded }: JournalEntry,
  creation: string | undefined,
): Pick<JournalEntry, "creation" | "superseded"> {
  if (last === undefined || last === creation) return { creation, superseded };
  return { creation, superseded: [...(superseded ?? []), last] };
}

/** Tells a record from every other one of the same instance. */
export const recordId = ({ owner, since }: Pick<Entry, "owner" | "since">): string => `${owner} ${since}`;

/** The record after an event; the same object if it changes nothing. @throws Error if it cannot happen */
export function recordAfter(entry: Entry | undefined, event: Event): JournalEntry | undefined {
  const before = entry && wholeOf(entry);
  const state = stateFor(event, before);
  const { after, known } = TABLE[event.is];
  const phase = after[state];
  if (phase === "never") throw new Error(`"${event.is}" cannot happen to a record that is "${state}"`);
  if (phase === "same") return before;
  const contentAfter = CONTENTS[event.is] as (
    before: JournalEntry | undefined,
    event: Event,
  ) => Content | undefined;
  const content = contentAfter(before, event);
  if (!content) return before;
  const was = state !== "none" && state !== "others" && before?.known === true;
  const told = event.is === "finished" && event.acknowledged;
  const isKnown = { known: true, unknown: false, "as before": was, "as told": told }[known];
  return { ...content, phase, known: isKnown };
}

function stateFor(event: Event, before: JournalEntry | undefined): State {
  if (!before) return "none";
  // The events without an owner are about the record at hand.
  const owner = event.is === "passedOn" ? event.from : "owner" in event ? event.owner : before.owner;
  return before.owner === owner ? before.phase : "others";
}

/**
 * How an instance stands in relation to a create of a resource.
 * - `unrecorded`: nobody on this computer has made it
 * - `foreign`: another resource began, made or adopted it
 * - `begun`: the resource began to make it, and it may still appear
 * - `made`: the resource made it, but has not finished it
 * - `unheard`: the resource finished it, but Pulumi may not have been told
 * - `held`: Pulumi's state holds it through this very create
 * - `superseded`: a later create of the resource took it over, and Pulumi's state holds that one
 * - `released`: Pulumi's state held it and let it go (`retainOnDelete`, `state delete`). It has no owner, and
 *   may belong to somebody else by now
 */
export type Standing =
  | "unrecorded"
  | "foreign"
  | "begun"
  | "made"
  | "unheard"
  | "held"
  | "superseded"
  | "released";

/** A resource, by its URN, and the create whose state Pulumi continues from, if any. */
export interface Asker {
  owner: string;
  creation?: string | undefined;
}

export function standingOf(entry: Entry | undefined, { owner, creation }: Asker): Standing {
  if (!entry) return "unrecorded";
  if (entry.owner !== owner) return "foreign";
  const { known, phase, superseded, creation: last } = wholeOf(entry);
  if (known && creation !== undefined && superseded?.includes(creation)) return "superseded";
  if (phase === "launching") return "begun";
  if (phase === "launched") return "made";
  if (!known) return "unheard";
  return creation !== undefined && last === creation ? "held" : "released";
}
