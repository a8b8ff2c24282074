import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Metric, type Part, type PartResult, table } from "./measure.ts";

export type Results = Record<string, PartResult & { title: string; machine: string }>;

const file = join(import.meta.dirname, "results.json");
const document = join(import.meta.dirname, "..", "docs", "benchmarks.md");

export function readResults(): Results {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
}

/** Missed goals come first: a benchmark that only praises is worthless. */
export function missedGoals(metrics: Record<string, Metric>): string[] {
  return Object.values(metrics)
    .filter(({ value, goal }) => goal !== undefined && !(value <= goal))
    .map(({ what, value, goal }) => `Goal missed: ${what}: ${value}, and was to be ${goal} at most.`);
}

export function writeResults(results: Results, parts: readonly Part[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const sections = parts.flatMap(({ id, title, left }) => {
    const part = results[id];
    if (!part) return [];
    const goals = table(
      ["", "measured", "goal", ""],
      Object.values(part.metrics).map(({ what, value, goal }) => [
        what,
        value,
        goal === undefined ? "" : `≤ ${goal}`,
        goal === undefined ? "" : value <= goal ? "met" : "**missed**",
      ]),
    );
    return [
      `## ${title}`,
      goals,
      `<details>\n<summary>Tables and remarks</summary>\n\n${[left, part.text].filter(Boolean).join("\n\n")}\n\n</details>`,
      `Measured on: ${part.machine}.`,
    ];
  });
  const text = [
    "# Benchmarks",
    "<!-- Written by `npm run bench`. Changes made here by hand are lost. -->",
    summary(results),
    REAL,
    "## How it is measured\n\n`npm run bench` measures on the simulator, alternating with what it is compared with. Multipass itself takes no part, so a call of the client costs the start of a process and nothing else. Real instances take longer by their downloads and boots. The number of calls and the time lost in waiting should be the same.",
    ...sections,
  ];
  writeFileSync(document, `${text.join("\n\n")}\n`);
}

const UNKNOWN = "?";

/** The summary that readers need first. */
function summary(results: Results): string {
  const metrics: Record<string, Metric> = Object.assign(
    {},
    ...Object.values(results).map((part) => part.metrics),
  );
  const value = (id: string) => metrics[id]?.value ?? UNKNOWN;
  return (
    [
      `- **The boot race:** a launch is accepted ${value("race.lost.median")} s after the network comes up (median of the simulated boots; ${value("race.lost.max")} s at worst). A loop with \`sleep 20\` loses up to 20 s more, and aborts the daemon with many of its tries.`,
      `- **An \`up\` without changes** makes ${value("scale.engine.no-op")} calls of \`multipass\`, a \`refresh\` at most ${value("scale.engine.refresh")}, however many instances there are.`,
      `- **A create** needs two calls per instance and a few shared ones: with up to 100 at once, ${value("scale.cli.create")} at most. That is ${value("scale.cli.create-least")} above the least possible.`,
      `- **A thousand instances over fifty hosts** in one stack: each needs ${value("large.calls")} times the calls and ${value("large.time.create")} times the time of each of a hundred, Pulumi's own aside. See [the limits](limits.md).`,
      `- **Start-up:** importing the package takes ${value("startup.import")} ms on top of Pulumi's SDK, and the provider process ${value("startup.runtime")} ms.`,
      `- **After cloud-init:** an instance is created ${value("after-launch.median")} s after its end.`,
      `- **Beside other tools:** an \`up\` without changes of 30 instances takes ${value("rivals.no-op.yaml")} times as long as an empty program in YAML, and ${value("rivals.no-op.incsteps")} times as long as with incsteps' provider, which is written in Go. Their creates are faster. After a boot race or a \`kill -9\`, ours loses, doubles and orphans ${value("rivals.lost")} instances. See [the tables](#beside-other-tools) for what others lose.`,
      `- **Footprint:** ${value("footprint.packages")} packages and ${value("footprint.size")} MiB, and ${value("scale.memory")} MiB of memory per instance.`,
    ]
      // A part that has not been measured yet has nothing to say.
      .filter((line) => !line.includes(UNKNOWN))
      .join("\n")
  );
}

const REAL = `## On a real daemon

Version 0.1.0 was tried by hand in November 2026 on Multipass 1.17.0-dev (built from the sources of 21 August 2026) and 1.16.3 (built from source), with QEMU without KVM on two shared cores, Debian 12, Pulumi CLI 3.260 and Node.js 24. A guest takes about 60 s to boot there. Most runs were done once.

| On 1.17.0-dev | Result |
| --- | --- |
| \`up\` with \`cloudInit\` | 91 s, of which 82 s are the launch; five calls |
| \`up\` without changes, \`refresh\`, \`destroy\` | 0 calls in 3.4 s, 2 calls, 0.5 s |
| boot race, daemon started 8 s after \`up\` | launch accepted 0.87 s after the network came up; the daemon's own list came after 5.3 s |
| boot race, daemon started together with \`up\`, network after 20 s | accepted after 1.8 s (the daemon's own list: 19.4 s) in one run; in another, the daemon aborted |
| \`kill -9\` of the provider and the CLI during a launch | the next \`up\` resumed; one instance |
| \`kill -9\` of the daemon during a launch, restarted after 3 s | the same \`up\` ended with a running instance after 91 s |
| three instances at once | 145 s |

On 1.16.3, with the daemon started together with \`up\` and the network after 20 s, one launch was accepted 2.2 s after the network came up; in another run the daemon aborted. These aborts led to [asking the network first](boot-race.md#when-a-launch-is-tried). That change has not been tried on a real daemon yet.`;
