/** Shared by the parts of the benchmark: a measured number, and how to summarise it. */

/**
 * A number to compare between runs: a ratio, a count, or simulated time. It therefore means the same on every
 * computer.
 */
export interface Metric {
  value: number;
  /** By how much results of identical code differ. Recorded for what `--check` compares. */
  noise?: number;
  /** The highest value that meets the goal. */
  goal?: number | undefined;
  /** A description of what was measured. */
  what: string;
}

export interface PartResult {
  metrics: Record<string, Metric>;
  /** Tables and explanations for the document, as Markdown without a heading. */
  text: string;
}

export interface RunOptions {
  /** Whether to measure only what CI can afford. */
  quick: boolean;
  /** Reports progress. */
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

/** A Markdown table; all columns but the first contain numbers. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}
