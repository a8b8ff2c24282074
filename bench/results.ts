import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Metric, type Part, type PartResult, table } from "./measure.ts";

export type Results = Record<string, PartResult & { title: string; machine: string }>;

const file = join(import.meta.dirname, "results.json");
const document = join(import.meta.dirname, "..", "docs", "benchmarks.md");

export function readResults(): Results {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
}

/** What is missed stands first: a benchmark that only praises is none. */
export function missedGoals(metrics: Record<string, Metric>): string[] {
  return Object.values(metrics)
    .filter(({ value, goal }) => goal !== undefined && !(value <= goal))
    .map(({ what, value, goal }) => `Goal missed: ${what}: ${value}, and was to be ${goal} at most.`);
}

/** What is worse than the base line by more than its noise. */
export function worse(metrics: Record<string, Metric>, baseLine: Results): string[] {
  const before: Record<string, Metric> = Object.assign(
    {},
    ...Object.values(baseLine).map((part) => part.metrics),
  );
  return Object.entries(metrics).flatMap(([id, { what, value, noise }]) => {
    const base = before[id];
    if (base === undefined || value <= base.value + noise) return [];
    return [`Worse: ${what} (${id}): ${value}, and was ${base.value} (noise ${noise}).`];
  });
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
    return [`## ${title}`, goals, ...(left ? [left] : []), part.text, `Measured on: ${part.machine}.`];
  });
  const text = [
    "# Benchmarks",
    "<!-- Written by `npm run bench`; what is changed here by hand is lost. -->",
    "All of it is measured on the simulator, turn by turn with what it is compared with, by `npm run bench`. Multipass itself takes no part, so a call of the client costs the start of a process and nothing else. Times of real machines are longer by whatever their downloads and boots take; numbers of calls, and the time that is lost in waiting, should be the same; nobody has measured that yet.",
    ...sections,
  ];
  writeFileSync(document, `${text.join("\n\n")}\n`);
}
