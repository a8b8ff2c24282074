import { type Clock, formatSeconds, systemClock } from "../../core/operation/clock.ts";
import { Driver } from "../../driver/driver.ts";
import { SshHost } from "../../driver/transport/ssh.ts";
import { examine, type Result } from "../../host/check.ts";
import { type Computer, thisComputer, withDaemonOn } from "../../host/computer.ts";
import { newExamination } from "../../host/examination.ts";
import { CHECKS } from "../../host/table.ts";
import { EXIT } from "../exit-codes.ts";
import { painter } from "../terminal.ts";
import { type Level, type Remedy, remedy } from "./remedies.ts";
import { row, summary, toJson } from "./report.ts";
import { exitCodeOf, judge } from "./verdict.ts";
import { waitUntilReady } from "./wait.ts";

/** The options of the command line. */
export interface DoctorOptions {
  json?: boolean;
  wait?: boolean;
  /** Milliseconds to wait. */
  timeout: number;
  direct?: boolean;
  fix?: Level;
  force?: boolean;
  restartCommand?: string;
  multipassPath?: string;
  /** The host to examine, reached over ssh; default: this computer. */
  host?: string;
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
    computer: here = thisComputer,
    clock = systemClock,
    out = process.stdout,
    err = process.stderr,
    signal,
  }: Partial<Surroundings> & Pick<Surroundings, "signal">,
): Promise<number> {
  const { json = false, direct: byUrl = false, wait, timeout: timeoutMs, multipassPath } = options;
  const host = options.host === undefined ? undefined : new SshHost(options.host);
  const computer = host ? withDaemonOn(host, here) : here;
  const driver = host && new Driver(multipassPath ?? "multipass", {}, host);
  const paint = painter(out, computer.env);
  const width = out.columns ?? USUAL_WIDTH;
  const say = (text: string) => err.write(`${painter(err, computer.env)("gray", text)}\n`);

  let results: Result[] = [];
  const look = async (show: boolean) => {
    results = [];
    const exam = newExamination(computer, { multipassPath, driver, signal });
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
  if (wait) {
    const waited = await waitUntilReady({
      computer,
      clock,
      timeoutMs,
      multipassPath,
      driver,
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
  } else {
    // Prints each row at once, since some checks take seconds.
    await look(!json);
  }

  const verdict = judge(results, computer);
  const exitCode = timedOut ? EXIT.timedOut : exitCodeOf(verdict, byUrl);
  if (json) out.write(toJson(results, verdict, remedies, exitCode));
  else
    out.write(`\n${summary(verdict, remedies, { paint, width: Math.min(width, USUAL_WIDTH), timedOut })}\n`);
  if (timedOut) say(`Gave up waiting after ${formatSeconds(timeoutMs)}.`);
  return exitCode;
}

function missingIn(results: readonly Result[]): string {
  return results
    .filter(({ status }) => status === "fail")
    .map(({ title }) => title.toLowerCase())
    .join(", ");
}
