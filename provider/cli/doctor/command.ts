import { formatSeconds } from "../../core/operation/deadline.ts";
import { type Clock, systemClock } from "../../driver/clock.ts";
import { Driver } from "../../driver/driver.ts";
import { SshHost } from "../../driver/transport/ssh.ts";
import { examine } from "../../host/check.ts";
import { type Computer, thisComputer, withDaemonOn } from "../../host/computer.ts";
import { type ExaminationOptions, newExamination } from "../../host/examination.ts";
import { CHECKS } from "../../host/table.ts";
import { EXIT } from "../exit-codes.ts";
import { painter } from "../terminal.ts";
import { fix, type Level } from "./remedies.ts";
import { row, summary, toJson } from "./report.ts";
import { exitCodeOf, judge } from "./verdict.ts";
import { type WaitOptions, waitUntilReady } from "./wait.ts";

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

export interface Surroundings {
  computer: Computer;
  clock: Clock;
  out: Stream;
  err: Stream;
  signal: AbortSignal;
}

const USUAL_WIDTH = 110;

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
  const { json = false, direct: byUrl = false, timeout: timeoutMs, multipassPath } = options;
  const host = options.host === undefined ? undefined : new SshHost(options.host);
  const computer = host ? withDaemonOn(host, here) : here;
  const driver = host && new Driver(multipassPath ?? "multipass", {}, host);
  const paint = painter(out, computer.env);
  const width = out.columns ?? USUAL_WIDTH;
  const say = (text: string) => err.write(`${painter(err, computer.env)("gray", text)}\n`);

  const newExam = (more?: Partial<ExaminationOptions>) =>
    newExamination(computer, { multipassPath, driver, signal, ...more });
  const remedies = options.fix ? await fix(newExam(), { ...options, level: options.fix, clock }) : [];
  const { results, timedOut } = options.wait
    ? await waitUntilReady({
        ...{ computer, newExam, clock, timeoutMs, byUrl, signal },
        onWait: json ? () => undefined : announcing(say),
      })
    : { results: examine(CHECKS, newExam()), timedOut: false };
  // Shown one by one, since some checks take seconds.
  if (!json) for await (const result of results) out.write(`${row(result, paint, width)}\n`);
  const done = await Promise.all(results);
  const verdict = judge(done, computer);
  const exitCode = timedOut ? EXIT.timedOut : exitCodeOf(verdict, byUrl);
  if (json) out.write(toJson(done, verdict, remedies, exitCode));
  else
    out.write(`\n${summary(verdict, remedies, { paint, width: Math.min(width, USUAL_WIDTH), timedOut })}\n`);
  if (timedOut) say(`Gave up waiting after ${formatSeconds(timeoutMs)}.`);
  return exitCode;
}

/** Says what is waited for, and only when that changes, to keep a system journal short. */
function announcing(say: (text: string) => void): WaitOptions["onWait"] {
  let awaited = "";
  return (results, { remaining }) => {
    const failures = results.filter(({ status }) => status === "fail");
    const missing = failures.map(({ title }) => title.toLowerCase()).join(", ");
    if (missing !== awaited) say(`waiting for: ${missing} · at most ${formatSeconds(remaining)} more`);
    awaited = missing;
  };
}
