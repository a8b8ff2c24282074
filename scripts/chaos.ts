/**
 * Runs random scenarios: `npm run test:chaos -- --seeds 1000` for numbers 1 to 1000, `-- --seed 42` to repeat
 * one. `-- --seed 42 --shrink` looks for a smaller scenario that also fails. `-- --on engine` and `-- --on
 * cli` use the plugin process on the test engine or the Pulumi CLI, at a minute per scenario; with `--door
 * plugin`, through the native plugin. `-- --boots
 * 200` runs boots in real time, of a daemon that aborts when asked at the wrong moment.
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
if (values.boots !== undefined) {
  const at = pLimit(Number(values.parallel));
  const boots = Array.from({ length: Number(values.boots) }, (_, index) => Number(values.from) + index);
  const reports = await Promise.all(boots.map((seed) => at(() => boot(seed))));
  const bad = reports.filter(({ aborts }) => aborts !== 0).length;
  console.log(`${reports.length} boots, the daemon has aborted in ${bad} of them`);
  process.exit(bad === 0 ? 0 : 1);
}

async function boot(seed: number): Promise<{ aborts: number }> {
  const report = await playBoot(seed).catch((error) => ({
    what: String(error),
    aborts: Number.NaN,
    seconds: 0,
  }));
  console.log(
    `boot ${seed}: ${report.aborts} aborts, ready after ${report.seconds.toFixed(1)} s (${report.what})`,
  );
  return report;
}

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const seeds = Array.from({ length: count }, (_, index) => first + index);
const [engine, cli] = values.door === "plugin" ? plugins() : deployers();
const deployer = { engine, cli }[values.on ?? ""];
if (values.on !== undefined && !deployer) throw new Error(`There is no "${values.on}" here to play on`);
const limit = pLimit(Number(values.parallel));
const failed: number[] = [];
await Promise.all(
  seeds.map((seed) =>
    limit(async () => {
      const { seconds, failure } = await runSeed(seed, values.shrink, deployer && onPulumi(deployer));
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
