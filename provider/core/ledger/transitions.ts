import type { JournalEntry } from "./journal.ts";

/** The record of an instance, by its name. An instance that this package never began to make has none. */
export type Entry = JournalEntry;

type Launch = NonNullable<Entry["launch"]>;

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
  /** Pulumi continues with the instance from the state of this create. What a later create began is void. */
  | { is: "held"; owner: string; creation: string | undefined; wasSeen: boolean }
  /** Pulumi's state holds an instance that was imported from another resource's record. */
  | { is: "imported"; owner: string; creation: string | undefined; from: string }
  /** The resource has a new URN, through Pulumi's `aliases`. */
  | { is: "passedOn"; from: string; to: string };

type Transitions = {
  [K in Event["is"]]: (before: Entry | undefined, event: Extract<Event, { is: K }>) => Entry | undefined;
};

const TRANSITIONS: Transitions = {
  begun(before, { is: _, ...begun }) {
    const ours = before?.owner === begun.owner ? before : undefined;
    return {
      version: 1,
      ...begun,
      phase: "launching",
      known: ours?.known === true,
      creation: ours?.creation,
      superseded: ours?.superseded,
      earlier: ours?.phase === "launching",
    };
  },

  dispatched: (before, { launch }) => before && { ...before, launch },

  made: (before) => before && { ...before, phase: "launched" },

  finished(before, { is: _, acknowledged, creation, ...finished }) {
    const next: Entry = { version: 1, ...finished, phase: "created", known: acknowledged };
    return before?.owner === finished.owner
      ? { ...next, ...succeeding(before, creation) }
      : { ...next, creation };
  },

  cameUpon(before, { owner, creation }) {
    if (before?.owner !== owner || before.creation === creation) return before;
    // Proof that Pulumi's state held the instance for an earlier create proves nothing for this one.
    return { ...before, known: false, ...succeeding(before, creation) };
  },

  acknowledged(before, { owner, creation }) {
    if (before?.owner !== owner || before.known) return before;
    // A predecessor that is still to be deleted proves nothing for the create that took over its instance.
    return creation === undefined || creation === before.creation ? { ...before, known: true } : before;
  },

  held(before, { owner, creation, wasSeen }) {
    if (before?.owner !== owner || (before.known && before.creation === creation)) return before;
    // A create that never saw another create's finished instance knows only its name, so it cannot claim it.
    if (!wasSeen && before.known && before.phase === "created") return before;
    const earlier = before.superseded ?? [];
    const next =
      creation !== undefined && earlier.includes(creation)
        ? { creation, superseded: earlier.filter((one) => one !== creation) }
        : succeeding(before, creation);
    return { ...before, known: true, ...next };
  },

  imported(before, { owner, creation, from }) {
    // Somebody else may have adopted it since, or made a new instance of that name.
    if (!before || before.owner === owner || recordId(before) !== from) return before;
    if (before.phase === "launching") return before;
    return { ...before, owner, creation, phase: "created", known: true, superseded: undefined };
  },

  passedOn: (before, { from, to }) => (before?.owner === from ? { ...before, owner: to } : before),
};

/** A create takes over the instance of the last create, which is then superseded. */
function succeeding(
  { creation: last, superseded }: Entry,
  creation: string | undefined,
): Pick<Entry, "creation" | "superseded"> {
  if (last === undefined || last === creation) return { creation, superseded };
  return { creation, superseded: [...(superseded ?? []), last] };
}

/** Tells a record from every other one of the same instance. */
export const recordId = ({ owner, since }: Pick<Entry, "owner" | "since">): string => `${owner} ${since}`;

/** The record after an event. Returns the same object if the event changes nothing. */
export function recordAfter(before: Entry | undefined, event: Event): Entry | undefined {
  const transition = TRANSITIONS[event.is] as (before: Entry | undefined, event: Event) => Entry | undefined;
  return transition(before, event);
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
  if (entry.known && creation !== undefined && entry.superseded?.includes(creation)) return "superseded";
  if (entry.phase === "launching") return "begun";
  if (entry.phase === "launched") return "made";
  if (!entry.known) return "unheard";
  return creation !== undefined && entry.creation === creation ? "held" : "released";
}
