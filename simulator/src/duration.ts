/**
 * A length of simulated time: a number of seconds, or a string such as `"500ms"`, `"5s"`, `"1m30s"`, `"2h"`.
 */
export type Duration = number | string;

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The milliseconds of a {@link Duration}; throws a RangeError if it is invalid. */
export function durationMs(duration: Duration): number {
  if (typeof duration === "number") {
    if (!Number.isFinite(duration) || duration < 0) throw new RangeError(`not a duration: ${duration}`);
    return duration * 1000;
  }
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(duration)) throw new RangeError(`not a duration: "${duration}"`);
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit as string] as number);
  }
  return total;
}
