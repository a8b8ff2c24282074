/**
 * Stands for a value that is not known before the update, in previews. A string, so that code which handles text needs no case for it; no argument of a
 * program can hold a NUL character.
 */
export const UNKNOWN = "\0unknown";

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

/** Whether any part of the value is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}
