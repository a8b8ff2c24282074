import assert from "node:assert/strict";
import { runSeed } from "./seeds.ts";

/** A few of the scenarios that `npm run test:chaos` plays a thousand of. */
const SEEDS = [5, 9, 10, 11, 18, 22];

describe("a random stack on a random host, with random kills", () => {
  for (const [index, seed] of SEEDS.entries()) {
    const tag = index === 0 ? "" : " [long]";
    it(`loses nothing, doubles nothing, touches nothing of others, and becomes quiet (seed ${seed})${tag}`, async () => {
      const { failure } = await runSeed(seed);
      assert.equal(failure, undefined);
    }).timeout(120_000);
  }
});
