/**
 * Memory and disk sizes in Multipass's syntax: digits and an optional unit, in any case. The unit is `B`, or
 * `K`, `M` or `G`, which `B` or `iB` may follow. Decimals need `K`, `M` or `G`. Units are powers of 1024, and
 * fractions are rounded down to bytes. Valid: `1.5G`, `512MiB`, `1073741824`, `100B`. Invalid: `1.5`, `1T`,
 * `-1G`. Source: canonical/multipass `src/utils/memory_size.cpp`.
 */
const SIZE = /^\s*(?:(\d+)(?:B)?|(\d+(?:\.\d+)?)\s*([KMG])(?:i?B)?)\s*$/i;
const UNITS = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

export const MIB = UNITS.M;
export const GIB = UNITS.G;

/** Size in bytes; undefined if the text is not a size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const [, bytes, amount, unit] = match;
  if (bytes !== undefined) return Number(bytes);
  return Math.floor(Number(amount) * UNITS[(unit as string).toUpperCase() as keyof typeof UNITS]);
}

/** Whether both sizes are the same number of bytes, such as `"1G"` and `"1024MiB"`. */
export function sameSize(a: string, b: string): boolean {
  return parseSize(a) === parseSize(b);
}

/** Largest difference between a size and its value read back, in units: `get` rounds to a tenth. */
const ROUNDED = 0.051;

/**
 * Whether `multipass get` prints `size` as `readBack`. It rounds to one decimal of the largest unit that
 * fits: `1100M` reads back as `1.1GiB`. Comparing bytes would report changes that did not happen.
 */
export function readsBackAs(size: string, readBack: string): boolean {
  const wanted = parseSize(size);
  const seen = parseSize(readBack);
  if (wanted === undefined || seen === undefined) return false;
  const unit = seen >= GIB ? GIB : seen >= MIB ? MIB : 1024;
  return Math.abs(wanted - seen) <= ROUNDED * unit;
}

/** Whether a disk would have to shrink from a size that may have been read back. */
export function shrinks(from = "", to = ""): boolean {
  const [before, after] = [parseSize(from), parseSize(to)];
  return before !== undefined && after !== undefined && after < before && !readsBackAs(to, from);
}
