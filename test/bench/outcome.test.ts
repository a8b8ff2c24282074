import assert from "node:assert/strict";
import { inWords, type Observed, outcomeOf } from "../../bench/rivals/outcome.ts";

/** Two instances were asked for, both run, and nothing is left after the end. */
const WELL: Observed = {
  asked: ["vm0", "vm1"],
  launched: ["vm0", "vm1"],
  running: ["vm0", "vm1"],
  left: [],
  deletedByOthers: ["theirs"],
  recoverable: ["theirs"],
};

const CASES: [title: string, observed: Partial<Observed>, words: string][] = [
  ["nothing if all is well", {}, "nothing"],
  ["an instance that does not run as lost", { running: ["vm1"] }, "1 lost"],
  [
    "a name that was launched three times as one that is doubled",
    { launched: ["vm0", "vm1", "vm0", "vm0"] },
    "1 doubled",
  ],
  ["an instance that nobody asked for as doubled", { launched: ["vm0", "vm1", "vm2"] }, "1 doubled"],
  ["what is left after a destroy as orphaned", { left: ["vm0", "vm1"] }, "2 orphaned"],
  ["an instance of others that nobody can recover as purged", { recoverable: [] }, "1 of others purged"],
  ["one instance in several ways", { running: ["vm0"], left: ["vm1"] }, "1 lost, 1 orphaned"],
];

describe("the count of what a tool loses", () => {
  for (const [title, observed, words] of CASES) {
    it(`counts ${title}`, () => assert.equal(inWords(outcomeOf({ ...WELL, ...observed })), words));
  }
});
