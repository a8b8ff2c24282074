import { type Metric, median, rounded, table } from "../measure.ts";
import { commitOf, found, versionOf } from "./found.ts";
import { VERSION } from "./lab.ts";
import type { Sample } from "./life.ts";
import type { Survival } from "./mishaps.ts";
import { inWords } from "./outcome.ts";
import { OPERATIONS, type Operation, type Tool } from "./tool.ts";

export interface Measured {
  samples: readonly Sample[];
  /** Creates of instances that take a second to boot. */
  booted: readonly Sample[];
  races: readonly Survival[];
  kills: readonly Survival[];
  missing: readonly { tool: Tool; programs: readonly string[] }[];
}

/** Goals are about so many instances. */
const TYPICAL = 30;

const OURS = ["yaml", "node", "dynamic"];
const isOurs = ({ id }: Tool) => OURS.includes(id) || id === "unlimited";

function typical(
  samples: readonly Sample[],
  id: string,
  operation: Operation,
  count: number,
  value: (sample: Sample) => number = ({ seconds }) => seconds,
): number | undefined {
  const some = samples.filter(
    (sample) => sample.tool.id === id && sample.operation === operation && sample.count === count,
  );
  return some.length === 0 ? undefined : median(some.map(value));
}

/** How much of what was asked for went wrong. */
const troubles = ({ outcome: { lost, doubled, orphaned, purged } }: Survival) =>
  lost.length + doubled.length + orphaned.length + purged.length;

export function metricsOf(measured: Measured): Record<string, Metric> {
  const { races, kills } = measured;
  // What fails soon is not fast.
  const samples = measured.samples.filter(({ ok }) => ok);
  const booted = measured.booted.filter(({ ok }) => ok);
  const metrics: Record<string, Metric> = {};
  const add = (id: string, what: string, a: number | undefined, b: number | undefined, goal?: number) => {
    if (a === undefined || b === undefined) return;
    metrics[`rivals.${id}`] = { what, value: rounded(a / b), goal };
  };
  const noOp = (id: string) => typical(samples, id, "no-op", TYPICAL);
  const ids = [...new Set(samples.map(({ tool }) => tool.id))];
  const fastest = (of: readonly Sample[], among: readonly string[]) => {
    const all = among.flatMap((id) => typical(of, id, "create", TYPICAL) ?? []);
    return all.length === 0 ? undefined : Math.min(...all);
  };
  const rivals = ids.filter((id) => !OURS.includes(id) && id !== "unlimited" && !id.startsWith("empty"));
  const ofEmpty = "no-op `up` of 30 over an empty program in the same language";
  add("no-op.yaml", `${ofEmpty}: plugin, YAML`, noOp("yaml"), noOp("empty-yaml"), 1.5);
  add("no-op.node", `${ofEmpty}: plugin, Node.js`, noOp("node"), noOp("empty-node"), 1.5);
  add("no-op.dynamic", `${ofEmpty}: dynamic provider`, noOp("dynamic"), noOp("empty-node"));
  const idle = "no-op `up` of 30 over as many resources of a dynamic provider that does nothing";
  add("no-op.dynamic-idle", idle, noOp("dynamic"), noOp("empty-dynamic"));
  const ofIncsteps = "no-op `up` of 30 over incsteps', both";
  add("no-op.incsteps", `${ofIncsteps} YAML`, noOp("yaml"), noOp("incsteps"), 1.1);
  add("no-op.incsteps-node", `${ofIncsteps} Node.js`, noOp("node"), noOp("incsteps-node"), 1.1);
  const ofIdle = "no-op `up` of 30 over a plugin in Node.js that does nothing, both";
  add("no-op.idle", `${ofIdle} YAML`, noOp("yaml"), noOp("empty-plugin"));
  add("no-op.idle-node", `${ofIdle} Node.js`, noOp("node"), noOp("empty-plugin-node"));
  const bound =
    "no-op `up` of 30 over an empty program: a plugin in Node.js that does nothing, for comparison,";
  add("no-op.bound", `${bound} YAML`, noOp("empty-plugin"), noOp("empty-yaml"));
  add("no-op.bound-node", `${bound} Node.js`, noOp("empty-plugin-node"), noOp("empty-node"));
  const floor = "no-op `up` of 30 over an empty program in Node.js: incsteps', for comparison";
  add("no-op.floor-node", floor, noOp("incsteps-node"), noOp("empty-node"));
  const doors = { yaml: "plugin, YAML", node: "plugin, Node.js", dynamic: "dynamic provider" };
  for (const [id, title] of Object.entries(doors)) {
    const create = typical(samples, id, "create", TYPICAL);
    const what = `create of 30 that boot at once: ${title}, over`;
    add(`create.${id}`, `${what} the fastest other tool`, create, fastest(samples, rivals), 1);
    const incsteps = fastest(samples, [id === "yaml" ? "incsteps" : "incsteps-node"]);
    add(`create.${id}.pulumi`, `${what} incsteps' in the same language`, create, incsteps);
  }
  const slow = typical(booted, "yaml", "create", TYPICAL);
  add(
    "boots",
    "create of 30 that boot in a second, over the fastest other tool",
    slow,
    fastest(booted, rivals),
  );
  const free = typical(booted, "unlimited", "create", TYPICAL);
  add("boots.unlimited", "the same without the limit on launches", free, fastest(booted, rivals));
  const mine = [...races, ...kills].filter(({ tool }) => isOurs(tool));
  metrics["rivals.lost"] = {
    what: "instances that ours loses, doubles, orphans or purges",
    value: mine.reduce((sum, survival) => sum + troubles(survival), 0),
    goal: 0,
  };
  return metrics;
}

const tried = (samples: readonly Sample[]) => [
  ...new Map(samples.map(({ tool }) => [tool.id, tool])).values(),
];

function costs(samples: readonly Sample[]): string[] {
  const counts = [...new Set(samples.map(({ count }) => count))];
  const cell = (tool: Tool, operation: Operation, count: number) => {
    const of = (value: (sample: Sample) => number) => typical(samples, tool.id, operation, count, value);
    const seconds = of((sample) => sample.seconds);
    if (seconds === undefined) return tool.cannot?.[operation] ?? "";
    if (of(({ ok }) => (ok ? 1 : 0)) === 0) return "**fails**";
    const processor = of((sample) => sample.processor) ?? 0;
    const memory = of((sample) => sample.memory) ?? 0;
    return `${seconds.toFixed(2)} / ${processor.toFixed(2)} / ${memory.toFixed(0)} / ${of(({ calls }) => calls)}${operation === "one CPU more" && tool.replaces ? ", **replaces**" : ""}`;
  };
  return counts.flatMap((count) => [
    `N = ${count}:`,
    table(
      ["", ...OPERATIONS],
      tried(samples).map((tool) => [
        tool.title,
        ...OPERATIONS.map((operation) => cell(tool, operation, count)),
      ]),
    ),
  ]);
}

const ended = (good: boolean) => (good ? "yes" : "**no**");

function fates(races: readonly Survival[], kills: readonly Survival[]): string[] {
  const late = ({ firstRun, late }: Survival) =>
    firstRun && late !== undefined ? `yes, ${late.toFixed(1)} s after the network` : "**no**";
  const words = (survival: Survival) => inWords(survival.outcome);
  const complaint = (survival: Survival) => survival.complaint.replaceAll("`", "'") || "";
  return [
    "Three instances at the host's boot. The daemon and the tool start together, and the network is up after 20 s. The tool runs again one second after the network is up, or as soon as its first run has ended:",
    table(
      ["", "first run ends well", "running then", "again ends well", "trouble", "what it says"],
      races.map((one) => [
        one.tool.title,
        late(one),
        `${one.before} of 3`,
        ended(one.again),
        words(one),
        complaint(one),
      ]),
    ),
    "Ten instances that boot in a second. As soon as three run, `kill -9` ends every process of the tool at once, its clients of Multipass included; then the tool runs again. With Pulumi, `pulumi cancel` has to release the stack before that. Before, somebody else has deleted an instance and could still recover it:",
    table(
      ["", "running when killed", "again ends well", "trouble", "what it says"],
      kills.map((one) => [one.tool.title, one.before, ended(one.again), words(one), complaint(one)]),
    ),
    "*Lost* was asked for, and does not run after the second run. *Doubled* was launched twice. *Orphaned* is still there when the tool has destroyed all that it knows. *Of others purged* was deleted by somebody else and cannot be recovered any more, because the tool runs `multipass purge`.",
  ];
}

function versions(tools: readonly Tool[]): string {
  const programs = [...new Set(tools.flatMap(({ needs }) => needs))].filter((name) => found(name));
  const rows = programs.flatMap((program) => {
    if (/^(?:bash|xargs|pulumi-language-.*)$/.test(program)) return [];
    const isProvider = /multipass/.test(program);
    return [[`\`${program}\``, isProvider ? `commit ${commitOf(program) ?? "unknown"}` : versionOf(program)]];
  });
  return table(["", "version"], rows);
}

export function reportOf({ samples, booted, races, kills, missing }: Measured): string {
  const tools = tried(samples);
  return [
    ...missing.map(
      ({ tool, programs }) => `**Not measured:** ${tool.title}: ${programs.join(", ")} was not on the PATH.`,
    ),
    `All tools in turn on the simulator (Multipass ${VERSION}), with equal guests that boot at once. Real seconds / seconds of processor time / MiB of memory at most / calls of \`multipass\`; the median where there are several runs. Processor time is that of all processes that the tool starts, as the kernel adds it up for a process and its ended children. Memory is the sum of their resident memory, looked at ten times a second; it counts shared pages several times and leaves out the clients of Multipass. Where the load average below is high, others used the computer too, and real seconds say less than processor time. *Replaces*: the instance is deleted and launched again, with a new disk.`,
    ...costs(samples),
    ...(booted.length === 0
      ? []
      : [
          `Create of ${TYPICAL} instances that boot in a second. The simulated guests do not compete for the processor, as real ones do:`,
          table(
            ["", "seconds"],
            booted.map(({ tool, seconds }) => [tool.title, seconds.toFixed(1)]),
          ),
        ]),
    ...fates(races, kills),
    "Settings:",
    ...[tools.map(({ title, settings }) => `- ${title}: ${settings}.`).join("\n")],
    versions(tools),
  ].join("\n\n");
}
