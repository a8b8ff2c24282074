import assert from "node:assert/strict";
import type { Outcome } from "../support/run.ts";
import type { Subject } from "./subject.ts";

/** One thing that a driver of Multipass relies on. */
export interface Statement {
  readonly title: string;
  /** Versions for which it is true, as in {@link Subject.version}. */
  readonly since?: number;
  readonly before?: number;
  /** Why it cannot be provoked on a real host. */
  readonly onlySimulated?: string;
  readonly holds: (subject: Subject) => Promise<void>;
}

/** stderr as a driver must read it: without the daemon's log records. */
export const withoutLog = (text: string) =>
  text.replace(/^\[[^\]]+\] \[(error|warning|info|debug|trace)\] \[.*\n/gm, "");

/** stdout without the spinner's bytes. */
export const withoutSpinner = (text: string) =>
  text.replace(/\u001b\[\d*[A-Z]/g, "").replace(/\u0008[-/\\| ]/g, "");

export function expect(outcome: Outcome, code: number, stderr: string | RegExp): void {
  const text = withoutLog(outcome.stderr);
  assert.equal(outcome.code, code, `exit code ${outcome.code}: ${outcome.stderr}`);
  if (typeof stderr === "string") assert.equal(text, stderr);
  else assert.match(text, stderr);
}

/** A statement about one command line: its exit code and stderr, and maybe its stdout. */
export function says(
  title: string,
  args: string[] | ((subject: Subject) => string[]),
  code: number,
  stderr: string | RegExp | ((subject: Subject) => string | RegExp),
  more: Partial<Statement> & { stdout?: string | RegExp } = {},
): Statement {
  const { stdout, ...rest } = more;
  return {
    title,
    ...rest,
    async holds(subject) {
      const outcome = await subject.run(typeof args === "function" ? args(subject) : args);
      expect(outcome, code, typeof stderr === "function" ? stderr(subject) : stderr);
      if (typeof stdout === "string") assert.equal(outcome.stdout, stdout);
      else if (stdout) assert.match(outcome.stdout, stdout);
    },
  };
}

export async function listed(
  subject: Subject,
  name: string,
): Promise<{ state: string; ipv4: string[] } | undefined> {
  const { stdout } = await subject.run(["list", "--format", "json"]);
  const { list } = JSON.parse(stdout) as { list: { name: string; state: string; ipv4: string[] }[] };
  return list.find((entry) => entry.name === name);
}

/** Runs a command that must succeed. */
export async function must(subject: Subject, args: string[], input = ""): Promise<Outcome> {
  const outcome = await subject.run(args, input);
  assert.equal(outcome.code, 0, `multipass ${args.join(" ")}: ${outcome.stderr}`);
  return outcome;
}
