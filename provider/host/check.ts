import type { Driver, InstalledVersion } from "../driver/driver.ts";
import { type ErrorKind, isMultipassError } from "../driver/errors.ts";
import type { ListedInstance } from "../driver/schema.ts";
import type { FetchGuard } from "../images/fetch-guard.ts";
import type { Computer } from "./computer.ts";

/** `skip`: it could not be looked at, because something that it needs does not hold, or it does not apply to this host. */
export type Status = "ok" | "warn" | "fail" | "skip";

/** What a check has found. */
export interface Finding {
  status: Status;
  /** The evidence, in one line where possible. */
  detail: string;
  /** What to do, in the imperative. */
  hint?: string | undefined;
  /** The error behind a failure; there is a page on each in docs/errors. */
  kind?: ErrorKind | undefined;
  /** Whether a failure passes by itself. */
  transient?: boolean | undefined;
}

/** One row of the table. */
export interface Check {
  /** Stable; scripts select by it. */
  id: string;
  /** What is looked at, as the heading of a row. */
  title: string;
  /** What is true where it holds, as part of a sentence. */
  claim: string;
  /** Checks that have to hold (`ok` or `warn`) before this one says anything. */
  needs: readonly string[];
  /** Whether it looks at the computer that runs the daemon. Then nothing is said where that is another one. */
  ofDaemonComputer?: true;
  probe(exam: Examination): Promise<Finding> | Finding;
}

export interface Result extends Finding, Pick<Check, "id" | "title" | "claim"> {}

/** What the checks of one run share: each question is asked once. */
export interface Examination {
  readonly machine: Computer;
  /** The other computer whose daemon is asked; undefined where it runs on this one. */
  readonly daemonComputer: string | undefined;
  /** @throws MultipassError of kind `client-missing` */
  driver(): Driver;
  version(): Promise<InstalledVersion>;
  instances(): Promise<ListedInstance[]>;
  /** Asks the network before the daemon is asked for its images. */
  readonly guard: FetchGuard;
  /** Base URLs of the image servers by remote. */
  readonly servers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export const ok = (detail: string): Finding => ({ status: "ok", detail });
export const warn = (detail: string, hint?: string): Finding => ({ status: "warn", detail, hint });
export const skip = (detail: string): Finding => ({ status: "skip", detail });

/** A failure as it stands in the table. */
export function failed(error: unknown): Finding {
  if (!isMultipassError(error)) {
    return { status: "fail", detail: error instanceof Error ? error.message : String(error) };
  }
  const { summary, details, remedy, kind, transient } = error;
  // That a call of the client failed goes without saying here; what else failed does not.
  const detail = [summary.startsWith('"multipass ') && details ? undefined : summary, details];
  return { status: "fail", detail: detail.filter(Boolean).join(": "), hint: remedy, kind, transient };
}

/**
 * Runs the checks, each as soon as what it needs is known, and hands their results over in the order of the table. What a check needs, and
 * is not among them, is taken to hold.
 */
export async function* examine(checks: readonly Check[], exam: Examination): AsyncGenerator<Result> {
  const running = new Map<string, Promise<Result>>();
  for (const check of checks) running.set(check.id, runOne(check, exam, running));
  for (const result of running.values()) yield await result;
}

async function runOne(
  { id, title, claim, needs, ofDaemonComputer, probe }: Check,
  exam: Examination,
  running: ReadonlyMap<string, Promise<Result>>,
): Promise<Result> {
  const needed = await Promise.all(needs.map((need) => running.get(need)));
  const missing = needed.find((result) => result?.status === "fail" || result?.status === "skip");
  const row = { id, title, claim };
  const other = ofDaemonComputer && exam.daemonComputer;
  if (other) return { ...row, ...skip(`the daemon runs on ${other}`) };
  if (missing) return { ...row, ...skip(`needs: ${missing.title.toLowerCase()}`) };
  try {
    return { ...row, ...(await probe(exam)) };
  } catch (error) {
    return { ...row, ...failed(error) };
  }
}
