import { createHash } from "node:crypto";

/** JSON as Qt writes it: indented by four spaces, with an empty array or object spread over two lines. */
export function toQtJson(value: unknown, indent = ""): string {
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return `[\n${indent}]`;
    return `[\n${value.map((item) => inner + toQtJson(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return `{\n${indent}}`;
    const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${toQtJson(item, inner)}`);
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/** A table whose columns are three spaces wider than their longest cell, without trailing spaces. */
export function toTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Comma-separated lines. Each command decides which cells it quotes. */
export const toCsv = (rows: string[][]) => rows.map((row) => `${row.join(",")}\n`).join("");

/** A table with fixed minimum column widths. */
export function toWideTable(rows: string[][], widths: number[]): string {
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

/**
 * Orders names like a hash map: stable for a given set, but neither by age nor alphabetically. The order of
 * the real JSON output is like that, and nobody may rely on it.
 */
export function hashOrder(names: string[]): string[] {
  const digest = (name: string) => createHash("sha256").update(name).digest("hex");
  return [...names].sort((a, b) => (digest(a) < digest(b) ? -1 : 1));
}
