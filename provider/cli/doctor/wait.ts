import type { Backoff } from "../../core/operation/backoff.ts";
import { Deadline } from "../../core/operation/deadline.ts";
import { retry, type Wait } from "../../core/operation/retry.ts";
import type { Clock } from "../../driver/clock.ts";
import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { timerMs } from "../../driver/limits.ts";
import { type Examination, examine, type Result } from "../../host/check.ts";
import type { Computer } from "../../host/computer.ts";
import { CHECKS } from "../../host/table.ts";
import { daemonBack, networkChange } from "../../host/watch.ts";
import { FetchGuard } from "../../images/fetch-guard.ts";
import { looksAfter } from "../../images/fetch-schedule.ts";
import { EXIT } from "../exit-codes.ts";
import { exitCodeOf, judge } from "./verdict.ts";

/** Back-off between looks. Shorter than a create's, since a look costs the daemon nothing. */
const LOOKS: Backoff = { initial: 1_000, factor: 1.5, cap: 10_000, jitter: 0.2 };
/** Minimum milliseconds between two looks, however often the host changes. */
const AT_LEAST_MS = 500;

export interface WaitOptions {
  computer: Computer;
  newExam(of: { guard: FetchGuard; signal: AbortSignal }): Examination;
  clock: Clock;
  timeoutMs: number;
  /** Whether a launch by URL is enough. */
  byUrl: boolean;
  signal: AbortSignal;
  /** Called after each look that found something missing. */
  onWait(results: readonly Result[], wait: Wait): void;
}

/** Looks repeatedly until a launch would work, a failure needs the user, or the time is up. */
export async function waitUntilReady(
  options: WaitOptions,
): Promise<{ results: Result[]; timedOut: boolean }> {
  const { computer, clock, timeoutMs, byUrl, signal } = options;
  const deadline = new Deadline(clock, timeoutMs);
  let results: Result[] = [];
  const guard = new FetchGuard(computer, clock);
  const look = async () => {
    const outOfTime = AbortSignal.timeout(timerMs(deadline.remaining));
    const exam = options.newExam({ guard, signal: AbortSignal.any([signal, outOfTime]) });
    const seen = await Promise.all(examine(CHECKS, exam));
    // A look that was cut off has no useful results.
    if (results.length === 0 || !outOfTime.aborted) results = seen;
    const verdict = judge(seen, computer);
    if (exitCodeOf(verdict, byUrl) === EXIT.ok) return;
    const [missing] = seen.filter(({ status }) => status === "fail");
    throw new MultipassError(missing?.title ?? "Not ready", {
      kind: missing?.kind ?? "unknown",
      transient: verdict.transient,
      details: missing?.detail,
    });
  };
  try {
    await retry(look, {
      clock,
      deadline,
      backoff: LOOKS,
      signal,
      onWait: (wait) => options.onWait(results, wait),
      wake: ({ error }, over) => whenWorthAnotherLook(options, guard, error, over),
    });
    return { results, timedOut: false };
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    return { results, timedOut: deadline.expired };
  }
}

/** Resolves when something changes that makes another look worthwhile. */
async function whenWorthAnotherLook(
  { clock, computer }: WaitOptions,
  guard: FetchGuard,
  error: MultipassError,
  over: AbortSignal,
): Promise<void> {
  await clock.sleep(AT_LEAST_MS, over);
  const news = [networkChange(clock, over)];
  if (isMultipassError(error, "daemon-unreachable", "daemon-initialising"))
    news.push(daemonBack(clock, over, computer));
  const age = guard.daemonAge;
  const [nextFetch] = age === undefined ? [] : looksAfter(age).map((look) => look - age);
  if (nextFetch !== undefined) news.push(clock.sleep(nextFetch, over));
  await Promise.race(news);
}
