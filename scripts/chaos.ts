/**
 * Plays random scenarios: `npm run test:chaos -- --seeds 1000` the numbers 1 to 1000, `-- --seed 42` that one again,
 * `-- --seed 42 --shrink` looks for a smaller one that fails, too.
 */
import { parseArgs } from "node:util";
import pLimit from "p-limit";
import { runSeed } from "../test/chaos/seeds.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    parallel: { type: "string", default: "1" },
    shrink: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const seeds = Array.from({ length: count }, (_, index) => first + index);
const limit = pLimit(Number(values.parallel));
const failed: number[] = [];
await Promise.all(
  seeds.map((seed) =>
    limit(async () => {
      const { seconds, failure } = await runSeed(seed, values.shrink);
      console.log(`seed ${seed}: ${failure ? "FAILED" : "ok"} (${seconds} s)`);
      if (failure === undefined) return;
      failed.push(seed);
      console.log(failure);
    }),
  ),
);
console.log(
  failed.length === 0
    ? `${count} seeds, all held`
    : `${count} seeds, ${failed.length} failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
