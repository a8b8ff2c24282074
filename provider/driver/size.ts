/**
 * Memory and disk sizes in Multipass's syntax: digits, decimals only with a unit, `K`, `M` or `G`, an optional `B` or `iB`,
 * any case; every unit is a power of 1024 and fractions are rounded down to bytes. `1.5G`, `512MiB`, `1073741824`, `100B` are sizes;
 * `1.5`, `1T` and `-1G` are not. Source: canonical/multipass `src/utils/memory_size.cpp`.
 */
const SIZE = /^\s*(?:(\d+)(?:B)?|(\d+(?:\.\d+)?)\s*([KMG])(?:i?B)?)\s*$/i;
const UNITS = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

export const MIB = UNITS.M;
export const GIB = UNITS.G;

/** Bytes, or undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const [, bytes, amount, unit] = match;
  if (bytes !== undefined) return Number(bytes);
  return Math.floor(Number(amount) * UNITS[(unit as string).toUpperCase() as keyof typeof UNITS]);
}

/** Whether both texts are the same number of bytes (`"1G"` and `"1024MiB"` are). */
export function sameSize(a: string, b: string): boolean {
  return parseSize(a) === parseSize(b);
}

/** The share of a unit by which a size and what reads back of it can differ: `get` rounds to a tenth. */
const ROUNDED = 0.051;

/**
 * Whether `readBack`, as `multipass get` prints it, can stand for `size`: `get` rounds to one decimal of the largest unit
 * that fits (`1100M` reads back as `1.1GiB`), so equality of bytes would see a change where there is none.
 */
export function readsBackAs(size: string, readBack: string): boolean {
  const wanted = parseSize(size);
  const seen = parseSize(readBack);
  if (wanted === undefined || seen === undefined) return false;
  const unit = seen >= GIB ? GIB : seen >= MIB ? MIB : 1024;
  return Math.abs(wanted - seen) <= ROUNDED * unit;
}

/** Whether a disk would have to shrink, from a size that may have been read back. Never where either is not a size. */
export function shrinks(from = "", to = ""): boolean {
  const [before, after] = [parseSize(from), parseSize(to)];
  return before !== undefined && after !== undefined && after < before && !readsBackAs(to, from);
}
