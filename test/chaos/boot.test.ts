import assert from "node:assert/strict";
import { playBoot } from "./boot.ts";

/** A few of the boots of which `npm run test:chaos -- --boots 200` plays many. */
const SEEDS = [1, 2, 3, 4];

it("the daemon survives the boot of its computer, whenever two stacks begin to create instances", async () => {
  // They wait nearly all of the time.
  const reports = await Promise.all(SEEDS.map(playBoot));
  for (const { aborts, what } of reports) assert.equal(aborts, 0, what);
}).timeout(150_000);
