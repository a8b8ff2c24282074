import { formatSeconds } from "../../core/operation/deadline.ts";
import type { Paint } from "../terminal.ts";
import { type Create, LOOKS, rowOf, runsOf, totals } from "./model.ts";

const TOTAL_WIDTH = 10;

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
        const [, letter, style] = LOOKS[rowOf(phase)];
        return gap + paint(style, letter.repeat(right - left));
      });
      const total = formatSeconds(end - start);
      const tail = ready ? total : paint("red", `${total} not ready`);
      lines.push(`${name.padEnd(names)} ${bar.join("")}${" ".repeat(Math.max(0, room - at))} ${tail}`);
    }
    lines.push("");
  }
  const legend = [...totals(creates)].map(([phase, seconds]) => {
    const [, letter, style] = LOOKS[rowOf(phase)];
    return `${paint(style, letter)} ${phase} ${formatSeconds(seconds * 1000)}`;
  });
  return `${[...lines, legend.join("  ")].join("\n")}\n`;
}
