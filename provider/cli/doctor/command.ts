import { type Clock, formatSeconds, systemClock } from "../../core/operation/clock.ts";
import { examine, type Result } from "../../host/check.ts";
import { type Computer, thisComputer } from "../../host/computer.ts";
import { newExamination } from "../../host/examination.ts";
import { CHECKS } from "../../host/table.ts";
import { EXIT } from "../exit-codes.ts";
import { painter } from "../terminal.ts";
import { type Level, type Remedy, remedy } from "./remedies.ts";
import { row, summary, toJson } from "./report.ts";
import { exitCodeOf, judge } from "./verdict.ts";
import { waitUntilReady } from "./wait.ts";

export interface DoctorOptions {
  json?: boolean;
  /** Milliseconds to wait; undefined not to wait. */
  waitMs?: number | undefined;
  byUrl?: boolean;
  fix?: Level | undefined;
  force?: boolean;
  restartCommand?: string | undefined;
  multipassPath?: string | undefined;
}

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** Dependencies of a run, besides its options. */
export interface Surroundings {
  computer: Computer;
  clock: Clock;
  out: Stream;
  err: Stream;
  signal: AbortSignal;
}

const USUAL_WIDTH = 110;

/** Runs the command. @returns its exit code */
export async function doctor(
  options: DoctorOptions,
  {
    computer = thisComputer,
    clock = systemClock,
    out = process.stdout,
    err = process.stderr,
    signal,
  }: Partial<Surroundings> & Pick<Surroundings, "signal">,
): Promise<number> {
  const { json = false, byUrl = false, waitMs, multipassPath } = options;
  const paint = painter(out, computer.env);
  const width = out.columns ?? USUAL_WIDTH;
  const say = (text: string) => err.write(`${painter(err, computer.env)("gray", text)}\n`);

  let results: Result[] = [];
  const look = async (show: boolean) => {
    results = [];
    const exam = newExamination(computer, { multipassPath, signal });
    for await (const result of examine(CHECKS, exam)) {
      results.push(result);
      if (show) out.write(`${row(result, paint, width)}\n`);
    }
    return exam;
  };

  const remedies: Remedy[] = [];
  if (options.fix) {
    const exam = await look(false);
    const { fix: level, force = false, restartCommand } = options;
    remedies.push(...(await remedy(results, exam, { level, force, restartCommand, clock })));
  }
  let timedOut = false;
  let awaited = "";
  if (waitMs === undefined) {
    // Prints each row at once, since some checks take seconds.
    await look(!json);
  } else {
    const waited = await waitUntilReady({
      computer,
      clock,
      timeoutMs: waitMs,
      multipassPath,
      byUrl,
      signal,
      onWait(seen, { remaining }) {
        // Prints only when something changes, to keep a system journal short.
        const missing = missingIn(seen);
        if (!json && missing !== awaited)
          say(`waiting for: ${missing} · at most ${formatSeconds(remaining)} more`);
        awaited = missing;
      },
    });
    ({ results, timedOut } = waited);
    if (!json) for (const result of results) out.write(`${row(result, paint, width)}\n`);
  }

  const verdict = judge(results, computer);
  const exitCode = timedOut ? EXIT.timedOut : exitCodeOf(verdict, byUrl);
  if (json) out.write(toJson(results, verdict, remedies, exitCode));
  else
    out.write(`\n${summary(verdict, remedies, { paint, width: Math.min(width, USUAL_WIDTH), timedOut })}\n`);
  if (timedOut) say(`Gave up waiting after ${formatSeconds(waitMs as number)}.`);
  return exitCode;
}

function missingIn(results: readonly Result[]): string {
  return results
    .filter(({ status }) => status === "fail")
    .map(({ title }) => title.toLowerCase())
    .join(", ");
}
