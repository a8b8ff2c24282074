import { MultipassError } from "./errors.ts";
import { FAILURE_RULES, UNTRUSTED } from "./failure-rules.ts";
import { endOf, splitStderr, withoutSpinner } from "./output.ts";

/** What a failed call of the client left to judge it by. */
export interface FailedCall {
  /** The subcommand and its operands, for the headline; never an argument that may hold a secret. */
  command: string;
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * Turns the texts of a failed call into an error with a kind. Exit codes do not tell failures apart (nearly all are 2, "the daemon is not
 * there" too), so the text decides. Unknown text is permanent and is shown whole,
 * but for what stands before a very long end.
 */
export function classify(call: FailedCall): MultipassError {
  const { message, logRecords } = splitStderr(endOf(call.stderr));
  // "Unknown command" and nothing else is said on stdout.
  const said = withoutCommandWord(message || withoutSpinner(endOf(call.stdout)));
  const rule =
    FAILURE_RULES.find(({ pattern }) => pattern.test(said)) ??
    FAILURE_RULES.find(({ pattern }) => logRecords.some((record) => pattern.test(record)));
  const summary = `"multipass ${call.command}" failed`;
  // A daemon without an image list does not say why; the log records of its failed fetch do.
  const handshake =
    rule?.kind === "images-unreachable" &&
    logRecords.find((record) => record.includes("SSL handshake failed"));
  const details =
    (handshake ? `${said}\n${handshake}` : said) ||
    logRecords.join("\n") ||
    `it exited with code ${call.exitCode} and said nothing`;
  return new MultipassError(summary, {
    kind: rule?.kind ?? "unknown",
    transient: rule?.transient ?? false,
    details,
    remedy: handshake ? UNTRUSTED : rule?.remedy,
  });
}

/** `launch failed: X` → `X`; `exec` says the same line twice for one failure. */
function withoutCommandWord(words: string): string {
  const lines = words
    .split("\n")
    .map((line) => line.replace(/^(?:[a-z-]+ failed|[Ee]rror): /, ""))
    .filter((line) => line !== "The following errors occurred:");
  return [...new Set(lines)].join("\n");
}
