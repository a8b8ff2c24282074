import type { Result, Status } from "../../host/check.ts";
import { type Paint, type Style, wrap } from "../terminal.ts";
import { explain } from "./boot-race.ts";
import type { Remedy } from "./remedies.ts";
import type { Verdict } from "./verdict.ts";

const MARKS: Record<Status, { mark: string; style: Style }> = {
  ok: { mark: "✓", style: "green" },
  warn: { mark: "!", style: "yellow" },
  fail: { mark: "✗", style: "red" },
  skip: { mark: "–", style: "gray" },
};

/** Width of the second column: the longest title of a check. */
const TITLE_WIDTH = 33;
const INDENT = 2 + TITLE_WIDTH + 1;

export function row({ status, title, detail, hint }: Result, paint: Paint, width: number): string {
  const { mark, style } = MARKS[status];
  const room = Math.max(30, width - INDENT);
  const [first = "", ...rest] = wrap(detail, room);
  const faint = status === "skip" ? (text: string) => paint("gray", text) : (text: string) => text;
  const lines = [
    `${paint(style, mark)} ${faint(title.padEnd(TITLE_WIDTH))} ${faint(first)}`,
    ...rest.map((line) => " ".repeat(INDENT) + faint(line)),
  ];
  const [arrow = "", ...more] = hint ? wrap(hint, room - 2) : [];
  if (arrow) lines.push(`${" ".repeat(INDENT)}${paint("cyan", "→")} ${arrow}`);
  lines.push(...more.map((line) => `${" ".repeat(INDENT + 2)}${line}`));
  return lines.join("\n");
}

export function summary(
  verdict: Verdict,
  remedies: readonly Remedy[],
  { paint, width, timedOut }: { paint: Paint; width: number; timedOut: boolean },
): string {
  const lines = remedies.flatMap(({ done, detail }) =>
    wrap(`${done ? "Done" : "Not done"}: ${detail}.`, width),
  );
  if (verdict.bootRace) lines.push(...wrap(explain(verdict.bootRace), width));
  lines.push(paint(["bold", verdict.ready ? "green" : "red"], headline(verdict, timedOut)));
  return lines.join("\n");
}

function headline({ ready, readyByUrl, transient }: Verdict, timedOut: boolean): string {
  if (ready) return "Ready: a launch would work.";
  if (readyByUrl) return "Not ready for `multipass launch`; `pulumi up` would work.";
  if (timedOut)
    return "Not ready in time. It may still become ready by itself; see above what to do if it does not.";
  if (transient) return "Not ready yet, but no action is needed: `--wait` waits for it.";
  return "Not ready: something needs fixing first, see above.";
}

/** The complete result for programs. Times are seconds. */
export function toJson(
  results: readonly Result[],
  verdict: Verdict,
  remedies: readonly Remedy[],
  exitCode: number,
): string {
  const { ready, readyByUrl, transient, bootRace } = verdict;
  const seconds = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms / 100) / 10);
  const document = {
    ready,
    readyByUrl,
    transient,
    exitCode,
    bootRace: bootRace
      ? Object.fromEntries(Object.entries(bootRace).map(([name, ms]) => [name, seconds(ms)]))
      : null,
    checks: results,
    remedies,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
