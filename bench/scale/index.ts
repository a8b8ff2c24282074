import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { inLab, type Lab } from "../../test/e2e/lab.ts";
import { cliStack, engineStack, findCli, type NamedDeployer } from "../../test/engine/index.ts";
import { type Metric, median, type Part, type RunOptions, rounded, table } from "../measure.ts";
import { MemoryWatch } from "./memory.ts";
import { instances, writePlainProgram } from "./programs.ts";

const OPERATIONS = ["create", "no-op", "refresh", "destroy"] as const;
type Operation = (typeof OPERATIONS)[number];

/** The cost of one operation on a whole stack. */
interface Cost {
  calls: number;
  /** Real seconds. */
  seconds: number;
  /** Seconds of processor time of the program, the plugin and its clients; other processes do not count. */
  processor: number;
  /** The plugin's peak resident memory, in MiB. */
  memory: number;
}

interface Row {
  deployer: string;
  count: number;
  costs: Record<Operation, Cost>;
}

/**
 * Processor time of this process and of its children that have ended; real time if the system does not report
 * it.
 */
function processorSeconds(): number {
  if (process.platform !== "linux") return performance.now() / 1000;
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // utime, stime, cutime, cstime: see proc_pid_stat(5); a tick is a hundredth of a second.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

async function cost(lab: Lab, operation: Operation): Promise<Cost> {
  const before = (await lab.sim.calls()).length;
  const memory = new MemoryWatch();
  const [started, processor] = [performance.now(), processorSeconds()];
  const act = operation === "create" || operation === "no-op" ? lab.stack.up : lab.stack[operation];
  const result = await act.call(lab.stack, { onPlugin: memory.watch });
  const seconds = (performance.now() - started) / 1000;
  if (!result.ok) throw new Error(`${operation} failed: ${result.text}`);
  return {
    calls: (await lab.sim.calls()).length - before,
    seconds,
    processor: processorSeconds() - processor,
    memory: memory.stop(),
  };
}

/** The operations on a stack of `count` instances, one after the other. */
export async function life(
  deployer: NamedDeployer,
  count: number,
  prepare: (lab: Lab) => void = () => undefined,
): Promise<Row> {
  const costs: Partial<Row["costs"]> = {};
  await inLab(deployer, instances(count), {}, async (lab) => {
    prepare(lab);
    for (const operation of OPERATIONS) costs[operation] = await cost(lab, operation);
  });
  return { deployer: deployer.name, count, costs: costs as Row["costs"] };
}

/**
 * The cost of an `up` without changes, relative to one of plain resources. Measured alternately; the lowest
 * of several counts.
 */
export async function noOpRatio(deployer: NamedDeployer, count: number, rounds: number): Promise<number> {
  const times: Record<"ours" | "plain", number[]> = { ours: [], plain: [] };
  await inLab(deployer, instances(count), {}, (ours) =>
    inLab(deployer, "", {}, async (plain) => {
      writePlainProgram(plain.dir, count);
      for (let round = 0; round <= rounds; round++) {
        for (const [which, lab] of [["ours", ours] as const, ["plain", plain] as const]) {
          const { processor } = await cost(lab, "no-op");
          // The first round creates the resources.
          if (round > 0) times[which].push(processor);
        }
      }
      await ours.stack.destroy();
      await plain.stack.destroy();
    }),
  );
  return Math.min(...times.ours) / Math.min(...times.plain);
}

/** The goals for creates are about so many instances at most. */
const MANY = 100;

/** @param parallel how many resources the engine works on at once */
function metricsOf(rows: readonly Row[], id: string, name: string, parallel: number): Record<string, Metric> {
  const worst = (value: (row: Row) => number, among = rows) => Math.max(...among.map(value));
  const upTo = rows.filter(({ count }) => count <= MANY);
  // A launch and a verdict each, `list` and `version` for all, and one `info` for those worked on together.
  const least = (count: number) => 2 * count + 2 + Math.ceil(count / parallel);
  return {
    [`scale.${id}.create`]: {
      what: `create on the ${name}: calls beyond 2 N, worst N up to ${MANY}`,
      value: worst(({ costs, count }) => costs.create.calls - 2 * count, upTo),
      goal: 5,
    },
    [`scale.${id}.create-least`]: {
      what: `the same beyond the least possible, with ${parallel} at once`,
      value: worst(({ costs, count }) => costs.create.calls - least(count), upTo),
      goal: 5,
    },
    [`scale.${id}.no-op`]: {
      what: `no-op on the ${name}: calls, worst N`,
      value: worst(({ costs }) => costs["no-op"].calls),
      goal: 0,
    },
    [`scale.${id}.refresh`]: {
      what: `refresh on the ${name}: calls, worst N`,
      value: worst(({ costs }) => costs.refresh.calls),
      goal: 3,
    },
    [`scale.${id}.destroy`]: {
      what: `destroy on the ${name}: calls beyond N, worst N`,
      value: worst(({ costs, count }) => costs.destroy.calls - count),
      goal: 3,
    },
  };
}

/** Time and memory per instance at the largest N, divided by those at a tenth of it. */
function growth(rows: readonly Row[]): Record<string, Metric> {
  const large = rows.at(-1);
  const small = rows.find(({ count }) => count * 10 === large?.count);
  // With few instances, the fixed cost of a run hides the cost of each.
  if (!large || !small || large.count < 100) return {};
  const perInstance = ({ costs, count }: Row) =>
    OPERATIONS.reduce((sum, operation) => sum + costs[operation].processor, 0) / count;
  return {
    "scale.time-growth": {
      what: `time for each of ${large.count} instances over that for each of ${small.count}`,
      value: rounded(perInstance(large) / perInstance(small)),
      goal: 1.1,
    },
    "scale.memory": {
      what: `MiB of plugin memory for each instance, between ${small.count} and ${large.count}`,
      value: rounded((large.costs.create.memory - small.costs.create.memory) / (large.count - small.count)),
    },
  };
}

function text(rows: readonly Row[]): string {
  const cells = (row: Row, value: (cost: Cost) => string | number) =>
    OPERATIONS.map((operation) => value(row.costs[operation]));
  const part = (value: (cost: Cost) => string | number) =>
    table(
      ["", "N", ...OPERATIONS],
      rows.map((row) => [row.deployer, row.count, ...cells(row, value)]),
    );
  return [
    "A program with N instances whose cpus, memory and disk are given. Calls of the client, the verdict of cloud-init included:",
    part(({ calls }) => calls),
    "Seconds of processor time, and real seconds. The simulated machines boot at once, so that this is the time of the processes:",
    part(({ processor, seconds }) => `${processor.toFixed(1)} / ${seconds.toFixed(1)}`),
    "Resident memory of the plugin process at most, in MiB:",
    part(({ memory }) => memory || ""),
  ].join("\n\n");
}

async function run({ quick, say }: RunOptions) {
  const engine: NamedDeployer = { name: "test engine", open: engineStack };
  const cli: NamedDeployer = { name: "Pulumi CLI", open: cliStack };
  const rows: Row[] = [];
  const lives = async (deployer: NamedDeployer, counts: readonly number[]) => {
    for (const count of counts) {
      const row = await life(deployer, count);
      rows.push(row);
      say(
        `${deployer.name}, N = ${count}: ${OPERATIONS.map((operation) => `${operation} ${row.costs[operation].calls} calls in ${row.costs[operation].seconds.toFixed(1)} s`).join(", ")}`,
      );
    }
    return rows.filter((row) => row.deployer === deployer.name);
  };
  const onEngine = await lives(engine, quick ? [1, 10] : [1, 10, 30, 100, 300]);
  const onCli = findCli() === "" || quick ? [] : await lives(cli, [1, 10, 30, 100]);
  const ratios: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) ratios.push(await noOpRatio(engine, 10, 3));
  say(`no-op over plain resources: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`);
  const metrics: Record<string, Metric> = {
    ...metricsOf(onEngine, "engine", "test engine", 16),
    ...(onCli.length > 0 ? metricsOf(onCli, "cli", "Pulumi CLI", 4 * availableParallelism()) : {}),
    "scale.no-op-time": {
      what: "time of a no-op with 10 instances over the same with plain resources",
      value: rounded(median(ratios)),
      goal: 1.2,
    },
    ...growth(onEngine),
  };
  return { metrics, text: text(rows) };
}

const LEFT = `Why the goal for creates is missed: each create needs a launch and the verdict of its guest's cloud-init, which makes 2 N calls. Instances that become ready at about the same time share one question for their addresses. But no more can share it than the engine works on at once (16 in the test engine, 8 by default in the Pulumi CLI on this machine). Waiting longer would block their slots. With P at once, N creates take at least 2 N + 2 + N / P calls, and only a client that tells the verdict or the addresses by itself could make them fewer: an image's hash and what is mounted are told by \`info\` alone. The rest is beyond that where a boot takes longer than the wait, 0.1 s for each instance on its way.`;

export const scale: Part = {
  id: "scale",
  title: "Calls, time and memory by number of instances",
  run,
  left: LEFT,
};
