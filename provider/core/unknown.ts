/**
 * Stands for a value that a preview does not know yet. It is a string, so that code for text needs no special
 * case. No program's argument can contain a NUL character.
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
