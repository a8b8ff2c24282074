/**
 * Cleaning of what the `multipass` client prints.
 *
 * The client draws a spinner on stdout even when that is no terminal, and copies the daemon's log records of *any* request
 * to the stderr of every client whose request is under way. Neither is part of an answer.
 */

/** Erase-line and cursor movements of the spinner. */
const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g;
/** One frame of the spinner: a backspace and the next of `|/-\`, or a blank. */
const FRAMES = /\u0008[|/\-\\ ]?/g;
/** `[2026-11-23T10:54:28.035] [error] [url downloader] …`, or without the time before logging is set up. */
const LOG_RECORD = /^(?:\[[^\]]+\] )?\[(?:error|warning|info|debug|trace)\] \[/;

/** Characters of what failed that are looked through and shown: an error of many MB would stop everybody who handles it. */
const END = 64_000;

/**
 * The last lines of a long text. A line that is cut in two is left out, since a secret in it would not be found any more; where nothing else is
 * left, it is said that there was one.
 */
export function endOf(text: string): string {
  const end = text.slice(-END);
  if (end.length === text.length) return text;
  const [, ...lines] = end.split("\n");
  const whole = lines.join("\n");
  return whole.trim() === "" ? `(a line of more than ${END} characters)` : whole;
}

/** Removes the spinner: what remains are the words that a person would have read, one message a line. */
export function withoutSpinner(text: string): string {
  return text
    .replace(ESCAPES, "\n")
    .replace(FRAMES, "")
    .replace(/\r/g, "\n")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

/** Splits stderr into what the client says itself and the daemon's log records. */
export function splitStderr(stderr: string): { message: string; logRecords: string[] } {
  const logRecords: string[] = [];
  const message: string[] = [];
  for (const line of withoutSpinner(stderr).split("\n")) {
    // An exception that nothing in the client caught comes as a log record, and is the client's answer all the same.
    const uncaught = /\[client\] Caught an unhandled exception: (.*)$/.exec(line);
    if (uncaught) message.push(uncaught[1] as string);
    else if (LOG_RECORD.test(line)) logRecords.push(line);
    else message.push(line);
  }
  return { message: message.join("\n"), logRecords };
}

/** A phase of `multipass launch`, by the words of its spinner (in this order). */
export interface LaunchProgress {
  phase:
    | "creating"
    | "downloading"
    | "verifying"
    | "extracting"
    | "preparing"
    | "configuring"
    | "starting"
    | "initialising";
  /** 0 to 100, while downloading or extracting. */
  percent?: number;
}

const PHASES: [RegExp, LaunchProgress["phase"]][] = [
  [/^Creating /, "creating"],
  [/^Retrieving image/, "downloading"],
  [/^Verifying image/, "verifying"],
  [/^Extracting image/, "extracting"],
  [/^Preparing image/, "preparing"],
  [/^Configuring /, "configuring"],
  [/^Starting /, "starting"],
  [/^Waiting for initialization/, "initialising"],
];

/** The last phase that the stdout of a `launch` speaks of; undefined before the first. */
export function launchProgress(stdout: string): LaunchProgress | undefined {
  for (const line of withoutSpinner(stdout).split("\n").reverse()) {
    const found = PHASES.find(([words]) => words.test(line.trimStart()));
    if (!found) continue;
    const percent = /(\d+)%/.exec(line)?.[1];
    return percent === undefined ? { phase: found[1] } : { phase: found[1], percent: Number(percent) };
  }
  return undefined;
}

/** Whether `launch` has reported success. It may still fail afterwards, in the mounts that it makes as a second request. */
export function launchedName(stdout: string): string | undefined {
  return /^Launched: (\S+)/m.exec(withoutSpinner(stdout))?.[1];
}

/** The stderr of a guest's command as it was, without the log records that the client puts among it. */
export function withoutLogRecords(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !LOG_RECORD.test(line))
    .join("\n");
}
