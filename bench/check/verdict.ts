/** What a metric of the check may be, by what repeated runs of one version have shown. */

import type { Metric } from "../measure.ts";

/** Values by the metric's id. The smaller, the better. */
export type Measured = Readonly<Record<string, number>>;

export type Baselines = Readonly<Record<string, Metric>>;

/** The worst of a few runs is not the worst that can happen by chance, so the noise is three times its distance. */
const MARGIN = 3;

const rounded = (value: number) => Number(value.toPrecision(3));

/**
 * The value comes from the quiet runs, and the noise from the worst of all runs. `slack` is a share of the value
 * that is never questioned.
 */
export function baselineOf(
  what: string,
  quiet: readonly number[],
  loaded: readonly number[],
  slack = 0,
): Metric {
  const value = [...quiet].sort((a, b) => a - b)[Math.floor((quiet.length - 1) / 2)] ?? Number.NaN;
  const farthest = Math.max(...quiet, ...loaded) - value;
  return { what, value: rounded(value), noise: rounded(Math.max(MARGIN * farthest, slack * value)) };
}

/** A line for each metric that is worse than its baseline by more than the noise, or has no baseline. */
export function worse(measured: Measured, baselines: Baselines): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const [id, exact] of Object.entries(measured)) {
    const [value, base] = [rounded(exact), baselines[id]];
    if (base === undefined) {
      lines.set(id, `Not recorded: ${id}: ${value}. \`npm run bench -- --record\` records it.`);
      continue;
    }
    const { what, value: was, noise = 0 } = base;
    if (!(value <= was + noise))
      lines.set(id, `Worse: ${what} (${id}): ${value}, and was ${was} (noise ${noise}).`);
  }
  return lines;
}
