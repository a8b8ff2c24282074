import { createHash } from "node:crypto";

/** JSON as Qt writes it: indented by four, an empty array or object over two lines. */
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

/** A table whose columns are as wide as their longest cell and three blanks, no blanks after the last. */
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

/** Comma-separated lines. Which cells are quoted is up to each command. */
export const toCsv = (rows: string[][]) => rows.map((row) => `${row.join(",")}\n`).join("");

/** A table of fixed minimum column widths. */
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
 * Orders names as a hash map would: always the same for the same names, but neither by age nor by alphabet. The real
 * JSON output has such an order, on which nobody may rely.
 */
export function hashOrder(names: string[]): string[] {
  const digest = (name: string) => createHash("sha256").update(name).digest("hex");
  return [...names].sort((a, b) => (digest(a) < digest(b) ? -1 : 1));
}
