/** What the parts of the benchmark have in common: a measured number, and how it is summed up. */

/** A number that is compared from run to run: a ratio, a count, or simulated time, so that it means the same on every machine. */
export interface Metric {
  value: number;
  /** By how much it may be worse than the base line before that is no chance any more. */
  noise: number;
  /** The most that is aimed at. */
  goal?: number | undefined;
  /** What was measured, in words. */
  what: string;
}

export interface PartResult {
  metrics: Record<string, Metric>;
  /** Tables and explanations for the document, as Markdown without a headline. */
  text: string;
}

export interface RunOptions {
  /** The part of it that CI can afford. */
  quick: boolean;
  /** Says how far it is. */
  say: (message: string) => void;
}

export interface Part {
  id: string;
  title: string;
  run: (options: RunOptions) => Promise<PartResult>;
  /** Which goals are missed, and why. */
  left?: string;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** A Markdown table; all columns but the first hold numbers. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}
