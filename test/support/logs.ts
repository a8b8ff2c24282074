/** Adds to a failing test's error what the provider printed and how the simulated client was called. */
import type { RecordedCall, Simulator } from "../../simulator/src/index.ts";
import type { Deployer, RunOptions, RunResult } from "../engine/index.ts";

/** Maximum characters per log. The end of a long log is more useful than its beginning. */
const LONGEST = 6000;

interface Log {
  title: string;
  read: () => string | Promise<string>;
}

let isInTest = false;
let ofTest: Log[] = [];
/** Logs recorded before the first test of a suite, which its tests share. */
let ofSuite: Log[] = [];
let ofNextSuite: Log[] = [];
let suite: Mocha.Suite | undefined;

/** Shows a log if the current test fails. A log recorded in a `before` is shown by each test of the suite. */
export function noteLog(title: string, read: Log["read"]): void {
  (isInTest ? ofTest : ofNextSuite).push({ title, read });
}

/** The top-level suite of the file that contains a test. */
function topOf(test: Mocha.Test | undefined): Mocha.Suite | undefined {
  let top = test?.parent;
  while (top?.parent && !top.parent.root) top = top.parent;
  return top;
}

/** Records the output of each run of a stack. */
export function noteRuns(stack: Deployer): Deployer {
  const noted =
    (action: "preview" | "up" | "refresh" | "destroy") =>
    async (options?: RunOptions): Promise<RunResult> => {
      const result = await stack[action](options);
      noteLog(`the plugin's log of this ${action}`, () => result.text);
      return result;
    };
  return {
    ...stack,
    preview: noted("preview"),
    up: noted("up"),
    refresh: noted("refresh"),
    destroy: noted("destroy"),
  };
}

/** Records the calls of a simulated host. */
export function noteCalls<T extends Simulator>(simulator: T): T {
  noteLog("the simulator's calls", async () => (await simulator.calls()).map(lineOf).join("\n"));
  return simulator;
}

function lineOf({ startedAt, endedAt, argv, exitCode, signal }: RecordedCall): string {
  const end = endedAt === undefined ? "still runs" : `${signal ?? exitCode} after ${endedAt - startedAt} ms`;
  return `${new Date(startedAt).toISOString().slice(11, 23)} multipass ${argv.join(" ")} → ${end}`;
}

/** Before each test. */
export function beginLogs(this: Mocha.Context): void {
  const top = topOf(this.currentTest);
  ofSuite = top === suite ? [...ofSuite, ...ofNextSuite] : ofNextSuite;
  ofNextSuite = [];
  suite = top;
  isInTest = true;
}

/** After each test: adds the logs to the error of one that failed. */
export async function showLogs(this: Mocha.Context): Promise<void> {
  const logs = [...ofSuite, ...ofTest];
  isInTest = false;
  ofTest = [];
  const error = this.currentTest?.state === "failed" ? this.currentTest.err : undefined;
  if (!error) return;
  for (const { title, read } of logs) {
    const text = await Promise.resolve()
      .then(read)
      .catch((cause: unknown) => `cannot be read: ${cause}`);
    if (text !== "") error.stack += `\n\n--- ${title}\n${text.slice(-LONGEST)}`;
  }
}
