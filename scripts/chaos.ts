/**
 * Runs random scenarios: `npm run test:chaos -- --seeds 1000` for numbers 1 to 1000, `-- --seed 42` to repeat
 * one. `-- --seed 42 --shrink` looks for a smaller scenario that also fails. `-- --on engine` and `-- --on
 * cli` use the plugin process on the test engine or the Pulumi CLI, at a minute per scenario; with `--door
 * plugin`, through the native plugin. `-- --boots 200` runs boots in real time, of a daemon that aborts when asked
 * at the wrong moment.
 */
import { parseArgs } from "node:util";
import pLimit from "p-limit";
import { playBoot } from "../test/chaos/boot.ts";
import { onPulumi } from "../test/chaos/pulumi-stack.ts";
import { runSeed } from "../test/chaos/seeds.ts";
import { plugins } from "../test/e2e/lab.ts";
import { deployers } from "../test/engine/index.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    parallel: { type: "string", default: "1" },
    on: { type: "string" },
    door: { type: "string", default: "dynamic" },
    boots: { type: "string" },
    shrink: { type: "boolean", default: false },
  },
});
const [engine, cli] = values.door === "plugin" ? plugins() : deployers();
const deployer = { engine, cli }[values.on ?? ""];
if (values.on !== undefined && !deployer) throw new Error(`There is no "${values.on}" here to play on`);
const [kind, held] = values.boots === undefined ? ["seeds", scenarioHeld] : ["boots", bootHeld];
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.boots ?? values.seeds) : 1;
const numbers = Array.from({ length: count }, (_, index) => first + index);
const failed: number[] = [];
await pLimit(Number(values.parallel)).map(numbers, async (number) => {
  if (!(await held(number))) failed.push(number);
});
console.log(
  `${count} ${kind}, ${failed.length === 0 ? "all held" : `${failed.length} failed: ${failed.join(", ")}`}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function bootHeld(seed: number): Promise<boolean> {
  const { aborts, seconds, what } = await playBoot(seed).catch((error) => ({
    what: String(error),
    aborts: Number.NaN,
    seconds: 0,
  }));
  console.log(`boot ${seed}: ${aborts} aborts, ready after ${seconds.toFixed(1)} s (${what})`);
  return aborts === 0;
}

async function scenarioHeld(seed: number): Promise<boolean> {
  const { seconds, failure } = await runSeed(seed, values.shrink, deployer && onPulumi(deployer));
  console.log(`seed ${seed}: ${failure ? `FAILED (${seconds} s)\n${failure}` : `ok (${seconds} s)`}`);
  return failure === undefined;
}
