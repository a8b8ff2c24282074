/**
 * Who owns an instance after each possible event in its record. A kill ends a row: the next process knows no
 * more.
 */
import assert from "node:assert/strict";
import type { Ledger } from "../../../provider/core/ledger/ledger.ts";
import {
  type Entry,
  type Event,
  recordAfter,
  type Standing,
  standingOf,
} from "../../../provider/core/ledger/transitions.ts";

const US = "urn:us";
const OTHERS = "urn:others";
const made = { name: "dev", fingerprint: "f", since: "2026-11-30T00:00:00.000Z" };

const begun = (owner = US): Event => ({ is: "begun", owner, ...made });
const dispatched: Event = { is: "dispatched", launch: { pid: 1, folder: "launches/dev/1" } };
const isMade: Event = { is: "made" };
const finished = (creation: string, acknowledged = false): Event => ({
  is: "finished",
  owner: US,
  creation,
  acknowledged,
  ...made,
});
const cameUpon = (creation: string): Event => ({ is: "cameUpon", owner: US, creation });
const acknowledged = (creation?: string): Event => ({ is: "acknowledged", owner: US, creation });
const held = (creation: string | undefined, wasSeen = true): Event => ({
  is: "held",
  owner: US,
  creation,
  wasSeen,
});

/** Pulumi holds an import of what `from` made. */
const imported = (since = made.since): Event => ({
  is: "imported",
  owner: US,
  creation: "import",
  from: `${OTHERS} ${since}`,
});
const madeByOthers: Event[] = [
  begun(OTHERS),
  isMade,
  { ...finished("theirs", true), owner: OTHERS } as Event,
];

function recordOf(events: Event[]): Entry | undefined {
  return events.reduce<Entry | undefined>(recordAfter, undefined);
}

const finishedAndHeard = [begun(), dispatched, isMade, finished("first"), acknowledged("first")];
const passedOn: Event = { is: "passedOn", from: US, to: OTHERS };
/** The first create failed after creating the instance, and Pulumi's state has it. */
const unfinished = [begun(), dispatched, isMade, cameUpon("first"), acknowledged("first")];

/** Events, and how our resource's creates then see the instance, by their ids. */
const ROWS: [what: string, events: Event[], standings: Record<string, Standing>][] = [
  ["imported from others' record", [...madeByOthers, imported()], { import: "held", theirs: "released" }],
  [
    "others have made a new one since it was imported",
    [...madeByOthers, imported("2026-11-29T00:00:00.000Z")],
    { import: "foreign" },
  ],
  ["imported while others launch it", [begun(OTHERS), imported()], { import: "foreign" }],
  ["nothing was begun", [], { none: "unrecorded", first: "unrecorded" }],
  ["killed before the launch was dispatched", [begun()], { none: "begun" }],
  ["killed during the launch", [begun(), dispatched], { none: "begun" }],
  ["killed after the instance was created", [begun(), dispatched, isMade], { none: "made" }],
  [
    "killed before Pulumi recorded the end",
    [begun(), dispatched, isMade, finished("first")],
    { none: "unheard", first: "unheard" },
  ],
  ["Pulumi has recorded the end", finishedAndHeard, { first: "held", none: "released", second: "released" }],
  [
    "an update has finished an unfinished create",
    [begun(), isMade, finished("first", true)],
    { first: "held" },
  ],
  ["the create failed after creating an instance", unfinished, { first: "made", none: "made" }],
  [
    "its replacement has found the instance",
    [...unfinished, begun(), cameUpon("second")],
    { first: "begun", second: "begun" },
  ],
  [
    "then the predecessor is seen again before Pulumi has recorded that",
    [...unfinished, begun(), cameUpon("second"), acknowledged("first")],
    { first: "begun", second: "begun" },
  ],
  [
    "then Pulumi has recorded that",
    [...unfinished, begun(), cameUpon("second"), acknowledged("second")],
    { first: "superseded", second: "begun" },
  ],
  [
    "the replacement has finished, and Pulumi has recorded that",
    [...unfinished, finished("second"), acknowledged("second")],
    { first: "superseded", second: "held" },
  ],
  [
    "Pulumi continues with the predecessor nevertheless",
    [...unfinished, finished("second"), held("first")],
    { first: "held", second: "released" },
  ],
  [
    "then with the replacement again",
    [...unfinished, finished("second"), held("first"), held("second")],
    { first: "superseded", second: "held" },
  ],
  [
    "Pulumi has released the instance, and a create that never saw it continues",
    [...finishedAndHeard, held("second", false)],
    { first: "held", second: "released" },
  ],
  [
    "Pulumi continues with a state of 0.1.0, which has no creation",
    [...finishedAndHeard, held(undefined)],
    { none: "released", first: "superseded" },
  ],
  [
    "another resource begins under that name",
    [...finishedAndHeard, begun(OTHERS)],
    { none: "foreign", first: "foreign" },
  ],
  ["the resource has another URN", [...finishedAndHeard, passedOn], { first: "foreign" }],
  [
    "another resource has another URN",
    [...finishedAndHeard, { is: "passedOn", from: OTHERS, to: US }],
    { first: "held" },
  ],
];

/** A record of ours in each state, or of others. */
const STATES: Record<string, Entry | undefined> = {
  none: undefined,
  "others'": recordOf(madeByOthers),
  launching: recordOf([begun(), dispatched]),
  launched: recordOf([begun(), isMade]),
  created: recordOf([begun(), isMade, finished("first")]),
  "launching, known": recordOf([...unfinished, begun()]),
  "launched, known": recordOf(unfinished),
  "created, known": recordOf(finishedAndHeard),
};

// biome-ignore format: a table
/** What becomes of each of them. `-`: it stays as it is. `!`: the event is refused. `+`: Pulumi's state has it. */
const AFTER: [event: Event, ...after: string[]][] = [
  //                      none          others'       launching     launched      created       and all three known
  [begun(),              "launching",  "launching",  "launching",  "launching",  "launching",  "launching+", "launching+", "launching+"],
  [dispatched,           "!",          "!",          "launching",  "!",          "!",          "launching+", "!",          "!"],
  [isMade,               "!",          "!",          "launched",   "!",          "!",          "launched+",  "!",          "!"],
  [finished("2nd"),      "created",    "created",    "created",    "created",    "created",    "created",    "created",    "created"],
  [finished("2nd", true),"created+",   "created+",   "created+",   "created+",   "created+",   "created+",   "created+",   "created+"],
  [cameUpon("2nd"),      "-",          "-",          "launching",  "launched",   "created",    "launching",  "launched",   "created"],
  [acknowledged(),       "-",          "-",          "launching+", "launched+",  "created+",   "-",          "-",          "-"],
  [held("2nd"),          "-",          "-",          "launching+", "launched+",  "created+",   "launching+", "launched+",  "created+"],
  [held("2nd", false),   "-",          "-",          "launching+", "launched+",  "created+",   "launching+", "launched+",  "-"],
  [imported(),           "-",          "created+",   "-",          "-",          "-",          "-",          "-",          "-"],
  [passedOn,             "-",          "-",          "launching",  "launched",   "created",    "launching+", "launched+",  "created+"],
];

describe("the ledger", () => {
  for (const [event, ...expected] of AFTER) {
    const isKnown = event.is === "finished" && event.acknowledged ? ", and Pulumi's state holds it" : "";
    const isUnseen = event.is === "held" && !event.wasSeen ? ", but never seen" : "";
    it(`has an answer for a record in each state: ${event.is}${isKnown}${isUnseen}`, () => {
      const found = Object.values(STATES).map((before) => {
        try {
          const after = recordAfter(before, event);
          return after === before ? "-" : `${after?.phase}${after?.known ? "+" : ""}`;
        } catch {
          return "!";
        }
      });
      assert.deepEqual(found, expected);
    });
  }

  it("keeps its files and the state of a record to itself", () => {
    const asked = async (ledger: Ledger) => {
      // @ts-expect-error: only the ledger's verbs write
      void ledger.journal;
      // @ts-expect-error: `standingOf` tells it
      void (await ledger.entryOf("dev"))?.phase;
      // @ts-expect-error: the same
      void (await ledger.entries())[0]?.known;
    };
    assert.ok(asked);
  });

  for (const [what, events, standings] of ROWS) {
    it(what, () => {
      const entry = recordOf(events);
      const found = Object.keys(standings).map((creation) => [
        creation,
        standingOf(entry, { owner: US, creation: creation === "none" ? undefined : creation }),
      ]);
      assert.deepEqual(Object.fromEntries(found), standings);
    });
  }

  it("leaves the record of another resource alone, and does not rewrite an unchanged one", () => {
    const entry = recordOf(finishedAndHeard);
    const unchanging: Event[] = [
      { is: "acknowledged", owner: OTHERS },
      { is: "held", owner: OTHERS, creation: "first", wasSeen: true },
      { is: "cameUpon", owner: OTHERS, creation: "second" },
      { is: "passedOn", from: OTHERS, to: US },
      acknowledged("first"),
      acknowledged(),
      held("first"),
      cameUpon("first"),
    ];
    for (const event of unchanging) assert.equal(recordAfter(entry, event), entry, event.is);
  });

  it("remembers that an earlier launch may still make the instance", () => {
    const [first, second] = [
      recordAfter(undefined, begun()),
      recordAfter(recordAfter(undefined, begun()), begun()),
    ];
    assert.deepEqual([first?.earlier, second?.earlier], [false, true]);
    assert.equal(recordAfter(first, begun(OTHERS))?.earlier, false);
  });
});
