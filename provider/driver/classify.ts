import { MultipassError } from "./errors.ts";
import { FAILURE_RULES, UNTRUSTED } from "./failure-rules.ts";
import { endOf, splitStderr, withoutSpinner } from "./output.ts";

export interface FailedCall {
  /** Subcommand and operands for the headline; never an argument that may hold a secret. */
  command: string;
  /** The host that ran it; undefined for this computer. */
  host?: string | undefined;
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * Turns a failed call's output into an error with a kind. Exit codes do not tell failures apart: nearly all
 * are 2, even if the daemon is not running. So the text decides. Unknown text is permanent and shown in full,
 * except that very long output keeps only its end.
 */
export function classify(call: FailedCall): MultipassError {
  const { message, logRecords } = splitStderr(endOf(call.stderr));
  // Only "Unknown command" is printed on stdout.
  const said = withoutCommandWord(message || withoutSpinner(endOf(call.stdout)));
  const rule =
    FAILURE_RULES.find(({ pattern }) => pattern.test(said)) ??
    FAILURE_RULES.find(({ pattern }) => logRecords.some((record) => pattern.test(record)));
  const summary = `"multipass ${call.command}" failed${call.host === undefined ? "" : ` on ${call.host}`}`;
  // A daemon without an image list does not say why, but the log records of its failed fetch do.
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
    host: call.host,
    details,
    remedy: handshake ? UNTRUSTED : rule?.remedy,
  });
}

/** `launch failed: X` → `X`. Duplicates are dropped, since `exec` prints a failure's line twice. */
function withoutCommandWord(words: string): string {
  const lines = words
    .split("\n")
    .map((line) => line.replace(/^(?:[a-z-]+ failed|[Ee]rror): /, ""))
    .filter((line) => line !== "The following errors occurred:");
  return [...new Set(lines)].join("\n");
}
