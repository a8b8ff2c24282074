import type { CheckFailure, Problem } from "../lifecycle/check.ts";
import { redaction } from "../lifecycle/redact.ts";

/** What is wrong, in words that show nothing of a secret. */
export function sentence(failure: CheckFailure, olds: object, news: object): string {
  const argument = /^[^.[]*/.exec(failure.property)?.[0] ?? "";
  const isSecret = [olds, news].some(
    ({ secrets }: { secrets?: unknown }) => Array.isArray(secrets) && secrets.includes(argument),
  );
  const { property, reason }: Problem = (isSecret && failure.ifSecret) || failure;
  // A part of a value can be a secret without anybody having said so, as the password in a URL is.
  const hide = redaction({ [argument]: (news as Record<string, unknown>)[argument] });
  return hide(`${property} ${reason}`.trim());
}
