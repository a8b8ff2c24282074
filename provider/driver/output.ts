/**
 * Cleans the output of the `multipass` client.
 *
 * The client draws a spinner on stdout even if that is not a terminal. It also copies the daemon's log
 * records of *any* request to the stderr of every client with an open request. Neither is part of an answer.
 */

/** The spinner's erase-line and cursor movements. */
const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g;
/** One frame of the spinner: a backspace, then the next of `|/-\` or a blank. */
const FRAMES = /\u0008[|/\-\\ ]?/g;
/** Whatever else a terminal would obey. */
const CONTROLS = /[^\P{Cc}\t\n]|\p{Bidi_Control}/gu;
/** `[2026-11-23T10:54:28.035] [error] [url downloader] …`; without the time before logging is set up. */
const LOG_RECORD = /^(?:\[[^\]]+\] )?\[(?:error|warning|info|debug|trace)\] \[/;

/** Characters of a failed call's output that are examined: many MB would stall the process. */
const END = 64_000;

/**
 * Returns the last lines of a long text. A line that is cut in two is dropped, since a secret in it could no
 * longer be recognised. If nothing else is left, a note says so.
 */
export function endOf(text: string): string {
  const end = text.slice(-END);
  if (end.length === text.length) return text;
  const [, ...lines] = end.split("\n");
  const whole = lines.join("\n");
  return whole.trim() === "" ? `(a line of more than ${END} characters)` : whole;
}

/**
 * Removes the spinner, and all that a terminal would obey. Leaves the words that a person would have read, one
 * message per line.
 */
export function withoutSpinner(text: string): string {
  return text
    .replace(ESCAPES, "\n")
    .replace(FRAMES, "")
    .replace(/\r/g, "\n")
    .replace(CONTROLS, "")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

/** What another computer said, fit to be shown: its end, without anything that a terminal would obey. */
export function fitToShow(text: string): string {
  return withoutSpinner(endOf(text)).trim();
}

/** Splits stderr into the client's own message and the daemon's log records. */
export function splitStderr(stderr: string): { message: string; logRecords: string[] } {
  const logRecords: string[] = [];
  const message: string[] = [];
  for (const line of withoutSpinner(stderr).split("\n")) {
    // An uncaught exception in the client looks like a log record, but is the client's answer.
    const uncaught = /\[client\] Caught an unhandled exception: (.*)$/.exec(line);
    if (uncaught) message.push(uncaught[1] as string);
    else if (LOG_RECORD.test(line)) logRecords.push(line);
    else message.push(line);
  }
  return { message: message.join("\n"), logRecords };
}

/** The phases of `multipass launch`, in order, recognised by the spinner's words. */
const PHASES = [
  [/^Creating /, "creating"],
  [/^Retrieving image/, "downloading"],
  [/^Verifying image/, "verifying"],
  [/^Extracting image/, "extracting"],
  [/^Preparing image/, "preparing"],
  [/^Configuring /, "configuring"],
  [/^Starting /, "starting"],
  [/^Waiting for initialization/, "initialising"],
] as const;

export interface LaunchProgress {
  phase: (typeof PHASES)[number][1];
  /** Percentage from 0 to 100, while downloading or extracting. */
  percent?: number;
}

/** The last phase in the stdout of a `launch`; undefined before the first. */
export function launchProgress(stdout: string): LaunchProgress | undefined {
  for (const line of withoutSpinner(stdout).split("\n").reverse()) {
    const found = PHASES.find(([words]) => words.test(line.trimStart()));
    if (!found) continue;
    const percent = /(\d+)%/.exec(line)?.[1];
    return percent === undefined ? { phase: found[1] } : { phase: found[1], percent: Number(percent) };
  }
  return undefined;
}

/** The name once `launch` has reported success. It may still fail afterwards, in its mounts. */
export function launchedName(stdout: string): string | undefined {
  return /^Launched: (\S+)/m.exec(withoutSpinner(stdout))?.[1];
}

/** Whether a line of stderr is a log record of the daemon, which the client mixes in. */
export function isLogRecord(line: string): boolean {
  return LOG_RECORD.test(line);
}

/** The stderr of a guest's command, without the log records that the client mixes in. */
export function withoutLogRecords(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !isLogRecord(line))
    .join("\n");
}
