export const MiB = 1024 ** 2;
export const GiB = 1024 ** 3;

/**
 * The bytes of a size in Multipass's syntax (`1.5G`, `512MiB`, `1073741824`), or undefined if it is not a
 * valid size.
 */
export function parseMemorySize(text: string): number | undefined {
  const match = /^\s*(\d+)(?:\.(\d+)(?=\s*[kmg]))?\s*([kmg])?(?:i?b)?\s*$/i.exec(text);
  if (!match || (/ib\s*$/i.test(text) && !match[3])) return undefined;
  const [, whole = "0", decimals, unit] = match;
  const factor = { k: 1024, m: MiB, g: GiB }[unit?.toLowerCase() ?? ""] ?? 1;
  return Math.floor(Number(decimals ? `${whole}.${decimals}` : whole) * factor);
}

/** A size as `get` and `info` print it: one decimal, which loses precision. */
export function humanSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${size}B` : `${size.toFixed(1)}${units[unit]}`;
}
