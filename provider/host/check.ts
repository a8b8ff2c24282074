import { type ErrorKind, isMultipassError } from "../driver/errors.ts";
import type { newExamination } from "./examination.ts";

/** `skip`: the check did not run, because a check that it needs failed or it does not apply to this host. */
export type Status = "ok" | "warn" | "fail" | "skip";

export interface Finding {
  status: Status;
  /** The evidence, in one line where possible. */
  detail: string;
  /** What to do, in the imperative. */
  hint?: string | undefined;
  /** Kind of the error behind a failure; docs/errors has a page on each. */
  kind?: ErrorKind | undefined;
  /** Whether the failure resolves by itself. */
  transient?: boolean | undefined;
}

export interface Check {
  /** Stable; scripts select by it. */
  id: string;
  /** Subject of the check, shown as the heading of its row. */
  title: string;
  /** The fact that an OK confirms, as part of a sentence. */
  claim: string;
  /** Checks that must be `ok` or `warn` before this one runs. */
  needs?: readonly string[];
  /** Set if its failure can explain why a create could not begin. The others are about what an instance needs. */
  explainsCreate?: true;
  /** Set if the check inspects the daemon's computer. It is skipped if that is not this computer. */
  ofDaemonComputer?: true;
  /** Set if the check inspects the client's computer. It is skipped if `ssh` runs the client elsewhere. */
  ofClientComputer?: true;
  probe(exam: Examination): Promise<Finding> | Finding;
}

export interface Result extends Finding, Pick<Check, "id" | "title" | "claim"> {}

export type Examination = ReturnType<typeof newExamination>;

export const ok = (detail: string): Finding => ({ status: "ok", detail });
export const warn = (detail: string, hint?: string): Finding => ({ status: "warn", detail, hint });
export const skip = (detail: string): Finding => ({ status: "skip", detail });

/** An error as a row of the table. */
export function failed(error: unknown): Finding {
  if (!isMultipassError(error)) {
    return { status: "fail", detail: error instanceof Error ? error.message : String(error) };
  }
  const { summary, details, remedy, kind, transient } = error;
  // The table does not repeat that a client call failed, but keeps other summaries.
  const detail = [summary.startsWith('"multipass ') && details ? undefined : summary, details];
  return { status: "fail", detail: detail.filter(Boolean).join(": "), hint: remedy, kind, transient };
}

/**
 * Runs each check as soon as the checks it needs are done. A needed check that is not in the list counts as OK,
 * and so does one that is about another computer.
 */
export function examine(checks: readonly Check[], exam: Examination): Promise<Result>[] {
  const running = new Map<string, Promise<Result>>();
  return checks.map(async ({ ofDaemonComputer, ofClientComputer, ...check }) => {
    const { id, title, claim } = check;
    const other = (ofDaemonComputer && exam.daemonComputer) || (ofClientComputer && exam.computer.daemonHost);
    if (other) return { id, title, claim, ...skip(`the daemon runs on ${other}`) };
    const result = runOne(check, exam, running);
    running.set(id, result);
    return result;
  });
}

async function runOne(
  { id, title, claim, needs = [], probe }: Check,
  exam: Examination,
  running: ReadonlyMap<string, Promise<Result>>,
): Promise<Result> {
  const needed = await Promise.all(needs.map((need) => running.get(need)));
  const missing = needed.find((result) => result?.status === "fail" || result?.status === "skip");
  const row = { id, title, claim };
  if (missing) return { ...row, ...skip(`needs: ${missing.title.toLowerCase()}`) };
  try {
    return { ...row, ...(await probe(exam)) };
  } catch (error) {
    return { ...row, ...failed(error) };
  }
}
