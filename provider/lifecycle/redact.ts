/** Values that are shorter would blot out parts of ordinary words. */
const SHORTEST = 4;

/**
 * The text without the values that a program handed in beside its command: a failed `psql` repeats the password that it was given. Which of
 * them is a secret a provider is not told, so each is taken for one.
 */
export function redacted(
  text: string,
  { environment = {}, stdin }: { environment?: Record<string, string>; stdin?: string },
): string {
  const values = [
    ...Object.entries(environment),
    ...(stdin === undefined ? [] : stdin.split("\n").map((line) => ["stdin", line] as const)),
  ].filter(([, value]) => value.length >= SHORTEST);
  // Longest first, so that none leaves the rest of another.
  values.sort(([, a], [, b]) => b.length - a.length);
  return values.reduce((said, [name, value]) => said.replaceAll(value, `[${name}]`), text);
}
