import { formatSeconds } from "../../readiness/clock.ts";
import type { Paint } from "../terminal.ts";
import { type Create, runsOf, totals } from "./model.ts";

const STYLES: Readonly<Record<string, Parameters<Paint>[0]>> = {
  daemon: "red",
  images: "yellow",
  download: "blue",
  prepare: "cyan",
  boot: "magenta",
  "cloud-init": "green",
  checks: "magentaBright",
};
/** A letter for each phase as well: without colours it is all there is to tell them apart. */
const MARKS: Readonly<Record<string, string>> = {
  daemon: "d",
  images: "i",
  download: "l",
  prepare: "p",
  boot: "b",
  "cloud-init": "c",
  checks: "k",
};
const TOTAL_WIDTH = 10;

/** The chart for a terminal. */
export function textChart(creates: readonly Create[], paint: Paint, width: number): string {
  const names = Math.max(...creates.map(({ name }) => name.length));
  const room = Math.max(20, width - names - TOTAL_WIDTH - 2);
  const lines: string[] = [];
  for (const run of runsOf(creates)) {
    const span = Math.max(1, run.end - run.start);
    const column = (moment: number) => Math.round(((moment - run.start) / span) * room);
    lines.push(paint("bold", `${new Date(run.start).toISOString()}  ${formatSeconds(run.end - run.start)}`));
    for (const { name, start, end, ready, phases } of run.creates) {
      let at = 0;
      const bar = phases.map(({ name: phase, start: from, end: to }) => {
        const left = Math.max(at, column(from));
        const right = Math.max(left + 1, column(to));
        const gap = " ".repeat(left - at);
        at = right;
        return gap + paint(STYLES[phase] ?? "gray", (MARKS[phase] ?? "·").repeat(right - left));
      });
      const total = formatSeconds(end - start);
      const tail = ready ? total : paint("red", `${total} not ready`);
      lines.push(`${name.padEnd(names)} ${bar.join("")}${" ".repeat(Math.max(0, room - at))} ${tail}`);
    }
    lines.push("");
  }
  const legend = [...totals(creates)].map(
    ([phase, seconds]) =>
      `${paint(STYLES[phase] ?? "gray", MARKS[phase] ?? "·")} ${phase} ${formatSeconds(seconds * 1000)}`,
  );
  return `${[...lines, legend.join("  ")].join("\n")}\n`;
}
