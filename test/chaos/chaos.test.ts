import assert from "node:assert/strict";
import { plugins } from "../e2e/lab.ts";
import { onPulumi } from "./pulumi-stack.ts";
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

for (const deployer of plugins()) {
  describe(`[long] a random stack with random kills, on the ${deployer.name}`, () => {
    // Without and with instances to adopt, and each kind of kill.
    for (const seed of SEEDS.slice(0, 3)) {
      it(`loses nothing, doubles nothing, touches nothing of others, and becomes quiet (seed ${seed})`, async () => {
        const { failure } = await runSeed(seed, false, onPulumi(deployer));
        assert.equal(failure, undefined);
      }).timeout(600_000);
    }
  });
}
