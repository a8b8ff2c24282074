import type { JournalEntry } from "./journal.ts";

/** What is recorded of an instance, by its name. Nothing is recorded of one that this package has never begun to make. */
export type Entry = JournalEntry;

type Launch = NonNullable<Entry["launch"]>;

/** Everything that can happen to the record of an instance. */
export type Event =
  /** A create is about to launch, or to clone, an instance. */
  | {
      is: "begun";
      owner: string;
      name: string;
      fingerprint: string;
      direct?: Entry["direct"] | undefined;
      since: string;
    }
  /** Its launch runs, in a process of its own. */
  | { is: "dispatched"; launch: Launch }
  /** The instance exists. */
  | { is: "made" }
  /** The instance is what was asked for, and Pulumi is told so next. */
  | {
      is: "finished";
      owner: string;
      name: string;
      fingerprint: string;
      creation?: string | undefined;
      /** Whether Pulumi's state has held the instance before. */
      acknowledged: boolean;
      since: string;
    }
  /** A create goes on with the instance of an earlier create of the same resource. Pulumi may not hear of it. */
  | { is: "cameUpon"; owner: string; creation: string | undefined }
  /** Pulumi's state holds the instance. Without `creation` any create of the resource proves it. */
  | { is: "acknowledged"; owner: string; creation?: string | undefined }
  /** Pulumi goes on with the instance by the state of this create. What a later create has begun is void. */
  | { is: "held"; owner: string; creation: string | undefined; wasSeen: boolean }
  /** The resource has another URN now, by Pulumi's `aliases`. */
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
    // Whatever proved that Pulumi's state holds the instance proves nothing of this create.
    return { ...before, known: false, ...succeeding(before, creation) };
  },

  acknowledged(before, { owner, creation }) {
    if (before?.owner !== owner || before.known) return before;
    // A predecessor that is still to be deleted proves nothing of the create that came upon its instance.
    return creation === undefined || creation === before.creation ? { ...before, known: true } : before;
  },

  held(before, { owner, creation, wasSeen }) {
    if (before?.owner !== owner || (before.known && before.creation === creation)) return before;
    // A create that has never seen the finished instance of another has no more of it than its name.
    if (!wasSeen && before.known && before.phase === "created") return before;
    const earlier = before.superseded ?? [];
    const next =
      creation !== undefined && earlier.includes(creation)
        ? { creation, superseded: earlier.filter((one) => one !== creation) }
        : succeeding(before, creation);
    return { ...before, known: true, ...next };
  },

  passedOn: (before, { from, to }) => (before?.owner === from ? { ...before, owner: to } : before),
};

/** A create takes over the instance of the last one, which is superseded. */
function succeeding(
  { creation: last, superseded }: Entry,
  creation: string | undefined,
): Pick<Entry, "creation" | "superseded"> {
  if (last === undefined || last === creation) return { creation, superseded };
  return { creation, superseded: [...(superseded ?? []), last] };
}

/** The record after an event; the same object where the event changes nothing. */
export function recordAfter(before: Entry | undefined, event: Event): Entry | undefined {
  const transition = TRANSITIONS[event.is] as (before: Entry | undefined, event: Event) => Entry | undefined;
  return transition(before, event);
}

/**
 * What an instance is to a create of a resource.
 * - `unrecorded`: nobody on this computer has made it
 * - `foreign`: another resource has begun, made or adopted it
 * - `begun`: the resource has begun to make it, and it may still appear
 * - `made`: the resource has made it, and has not finished it
 * - `unheard`: the resource has finished it, and Pulumi may not have heard of that
 * - `held`: Pulumi's state holds it by this very create
 * - `superseded`: a later create of the resource has gone on with it, and Pulumi's state holds that one
 * - `released`: Pulumi's state has held it and has let it go (`retainOnDelete`, `state delete`). It is nobody's, and by now perhaps somebody else's
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

/** @param asker.creation the create by whose state Pulumi goes on, if it does */
export function standingOf(
  entry: Entry | undefined,
  { owner, creation }: { owner: string; creation?: string | undefined },
): Standing {
  if (!entry) return "unrecorded";
  if (entry.owner !== owner) return "foreign";
  if (entry.known && creation !== undefined && entry.superseded?.includes(creation)) return "superseded";
  if (entry.phase === "launching") return "begun";
  if (entry.phase === "launched") return "made";
  if (!entry.known) return "unheard";
  return creation !== undefined && entry.creation === creation ? "held" : "released";
}
