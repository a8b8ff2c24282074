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

- **No-op in YAML:** Node.js with gRPC and Protocol Buffers takes most of it. In one alternating run, an empty program took 0.41 s of processor time, incsteps' provider 0.57 s, ours 0.83 s, and a plugin of 30 lines on the same libraries, which answers the same requests without looking at anything, 0.75 s. So no plugin on these libraries meets the goals. V8's compile cache saved nothing that could be measured here. A gRPC server of our own would save 0.04 s, but would have to be kept as correct as the library.
- **No-op in Node.js:** most of it is Pulumi's SDK. A program that only imports it takes half as long again as an empty one, and 30 resources with incsteps' provider almost twice as long.
- **Create:** guests that boot at once show nothing but the start of processes. Ours starts as many launches as the others, each in a shell, so that it outlives a plugin that is killed (4 ms of processor time), and asks each guest once for the verdict of its cloud-init, which the others do not ask. The rest of the difference is Node.js: for 30 instances, its start takes about as long as the starts of processes from it. The scripts keep no state at all.
- **One CPU more:** \`get\`, \`stop\`, \`set\`, \`start\` and the verdict of cloud-init make five calls for each instance, and \`list\` and \`info\` are shared. A \`list\` cannot be shared by changes that begin one after the other, since each has to see the instance before it stops it. incsteps takes four calls and replaces the instance, with all that is on its disk.
- **Limit:** at most one launch for each core, and four in all, prepares or boots at once, because [ten at once have crashed the daemon](https://github.com/canonical/multipass/issues/3336). Thirty guests that boot in a second take at least 15 s on two cores. Simulated guests do not compete for the processor, and the simulated daemon does not crash, so this comparison shows what the limit costs and not what it buys. \`PULUMI_MULTIPASS_LAUNCHES\` changes it.`;

export const rivals: Part = { id: "rivals", title: "Beside other tools", run, left: LEFT };
