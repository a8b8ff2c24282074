import type { CheckFailure, Problem } from "./check.ts";
import { redaction } from "./redact.ts";

/** The failure, in words that show no secret. */
export function sayable(failure: CheckFailure, olds: object, news: object): Problem {
  const argument = /^[^.[]*/.exec(failure.property)?.[0] ?? "";
  const isSecret = [olds, news].some(
    ({ secrets }: { secrets?: unknown }) => Array.isArray(secrets) && secrets.includes(argument),
  );
  const { property, reason }: Problem = (isSecret && failure.ifSecret) || failure;
  // A value can hold a secret that nobody has marked, such as a URL with a password.
  const hide = redaction({ [argument]: (news as Record<string, unknown>)[argument] });
  return { property: hide(property), reason: hide(reason) };
}

export function sentence({ property, reason }: Problem): string {
  return `${property} ${reason}`.trim();
}
