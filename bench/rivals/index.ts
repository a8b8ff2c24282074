import pLimit from "p-limit";
import type { Part, RunOptions } from "../measure.ts";
import { found } from "./found.ts";
import { boots, lives, type Sample } from "./life.ts";
import { killed, raced, type Survival } from "./mishaps.ts";
import { EMPTY, PULUMI } from "./pulumi.ts";
import { metricsOf, reportOf } from "./report.ts";
import { SCRIPTS } from "./script.ts";
import { TERRAFORM } from "./terraform.ts";
import type { Tool } from "./tool.ts";

const TOOLS: readonly Tool[] = [...PULUMI, ...TERRAFORM, ...SCRIPTS];

const PLAN = [
  { count: 1, rounds: 3 },
  { count: 10, rounds: 3 },
  { count: 30, rounds: 3 },
  { count: 100, rounds: 1 },
];
const QUICK_PLAN = [{ count: 3, rounds: 1 }];
/** Creates whose guests take time to boot. */
const BOOTING = 30;

const missingOf = ({ needs }: Tool) => needs.filter((program) => found(program) === undefined);

async function run({ quick, say }: RunOptions) {
  const missing = TOOLS.filter((tool) => missingOf(tool).length > 0);
  for (const tool of missing) {
    say(`NOT MEASURED: ${tool.title}: ${missingOf(tool).join(", ")} is not on the PATH`);
  }
  const tools = TOOLS.filter((tool) => !missing.includes(tool));
  const empty = EMPTY.filter((tool) => missingOf(tool).length === 0);
  const sayCost = ({ tool, count, operation, ok, output, seconds, processor, memory, calls }: Sample) =>
    say(
      `${ok ? "" : `FAILED: ${output.slice(-2000)}\n`}${tool.title}, N = ${count}, ${operation}: ${seconds.toFixed(2)} s, processor ${processor.toFixed(2)} s, ${memory.toFixed(0)} MiB, ${calls} calls`,
    );
  const samples = await lives([...tools, ...empty], quick ? QUICK_PLAN : PLAN, sayCost);
  // A loop takes as many seconds as there are instances, which nobody has to measure.
  const inParallel = tools.filter(({ id }) => id !== "loop" && id !== "incsteps-node");
  const booted = quick ? [] : await boots(inParallel, BOOTING);
  const compared = tools.filter(({ id }) => id !== "unlimited" && id !== "incsteps-node");
  const sayFate = (mishap: string) => (survival: Survival) => {
    say(`${survival.tool.title}, ${mishap}: ${JSON.stringify({ ...survival, tool: undefined })}`);
    return survival;
  };
  // These are counted, not timed, and mostly wait.
  const races = await Promise.all(compared.map((tool) => raced(tool).then(sayFate("boot race"))));
  const limit = pLimit(2);
  const kills = await Promise.all(compared.map((tool) => limit(() => killed(tool).then(sayFate("killed")))));
  const measured = {
    samples,
    booted,
    races,
    kills,
    missing: missing.map((tool) => ({ tool, programs: missingOf(tool) })),
  };
  return { metrics: metricsOf(measured), text: reportOf(measured) };
}

const LEFT = `Why goals are missed:

- **No-op in YAML:** for 30 resources Pulumi itself needs 0.1 s of processor time more than for an empty program, as incsteps' provider shows: written in Go, it takes 0.03 s itself. Ours takes 0.23 s: 0.02 s until Node.js runs, 0.12 s for loading and running gRPC and Protocol Buffers, and 0.08 s for this package. A plugin on the same libraries that answers these requests without looking at anything takes 0.15 s, so no plugin on them comes near incsteps'. Two ways to take less are not used. V8's compile cache saves 0.03 s, but needs a folder that is safe to load code from. A gRPC server of our own saves 0.04 s, but would have to be kept as correct as the library.
- **No-op in Node.js:** most of it is Pulumi's SDK. A program that only imports it takes half as long again as an empty one, and 30 resources with incsteps' provider almost twice as long.
- **Create:** guests that boot at once show nothing but the start of processes. Each launch of ours runs in a process of its own, so that it outlives a plugin that is killed, and each guest is asked for the verdict of its cloud-init. The scripts keep no state at all.
- **Limit:** at most one launch for each core, and four in all, prepares or boots at once, because [ten at once have crashed the daemon](https://github.com/canonical/multipass/issues/3336). Simulated guests do not compete for the processor, and the simulated daemon does not crash, so this comparison shows what the limit costs and not what it buys. \`PULUMI_MULTIPASS_LAUNCHES\` changes it.`;

export const rivals: Part = { id: "rivals", title: "Beside other tools", run, left: LEFT };
