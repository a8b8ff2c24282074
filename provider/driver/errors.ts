/** Kind of a failure, by which the layers above decide. `failure-rules.ts` maps texts to kinds. */
export type ErrorKind =
  | "client-missing"
  | "host-unreachable"
  | "host-unknown"
  | "host-access-denied"
  | "host-key-refused"
  | "snap-refused"
  | "daemon-unreachable"
  | "daemon-initialising"
  | "daemon-hung"
  | "access-denied"
  | "unauthenticated"
  | "images-unreachable"
  | "download-failed"
  | "download-cancelled"
  | "image-hash-mismatch"
  | "image-refused"
  | "image-server-untrusted"
  | "image-copy-failed"
  | "image-unknown"
  | "url-images-unsupported"
  | "instance-missing"
  | "instance-exists"
  | "instance-deleted"
  | "instance-preparing"
  | "instance-unknown-state"
  | "instance-busy"
  | "instance-not-running"
  | "instance-not-stopped"
  | "instance-suspended"
  | "snapshot-missing"
  | "snapshot-exists"
  | "guest-unreachable"
  | "guest-access-denied"
  | "guest-connection-lost"
  | "guest-start-timeout"
  | "guest-initialisation-timeout"
  | "guest-died"
  | "client-timeout"
  | "call-timeout"
  | "mount-support-missing"
  | "mount-failed"
  | "already-mounted"
  | "not-mounted"
  | "network-invalid"
  | "size-invalid"
  | "invalid-argument"
  | "not-supported"
  | "hypervisor"
  | "image-locked"
  | "port-conflict"
  | "disk-full"
  | "memory-full"
  | "bad-output"
  | "cancelled"
  | "guest-not-initialised"
  | "command-failed"
  | "alias-exists"
  | "not-owned"
  | "deadline"
  | "unknown";

/** Errors of the host, not of one instance. While they last, all creates wait together. */
export const HOST_ERRORS: readonly ErrorKind[] = [
  "host-unreachable",
  "daemon-unreachable",
  "daemon-initialising",
  "images-unreachable",
  "download-failed",
  "image-server-untrusted",
];

/** Errors after which the outcome is unknown: nobody waited for the daemon's answer. */
export const OUTCOME_UNKNOWN: readonly ErrorKind[] = ["cancelled", "deadline", "call-timeout"];

export interface MultipassErrorOptions {
  kind: ErrorKind;
  /** Whether the request may succeed later without any change by the user. */
  transient?: boolean;
  /** Multipass's own message, or what was observed. Shown after the summary. */
  details?: string | undefined;
  /** Advice to the user, in the imperative. Shown last. */
  remedy?: string | undefined;
  /** The other host that the summary names. */
  host?: string | undefined;
  cause?: unknown;
}

/**
 * The only error type of this package: what failed, then the evidence, then what to do.
 *
 * `message` holds all three parts, since Pulumi shows nothing else of an error.
 */
export class MultipassError extends Error {
  override readonly name = "MultipassError";
  readonly kind: ErrorKind;
  readonly transient: boolean;
  readonly summary: string;
  readonly details: string | undefined;
  readonly remedy: string | undefined;
  readonly host: string | undefined;

  constructor(summary: string, options: MultipassErrorOptions) {
    const { kind, transient = false, remedy, host, cause } = options;
    const details = options.details === undefined ? undefined : withoutCredentials(options.details);
    super(compose(summary, details, remedy), cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.transient = transient;
    this.summary = summary;
    this.details = details;
    this.remedy = remedy;
    this.host = host;
  }

  /** Repeats the failure under another headline, so that the user reads about what *they* asked for. */
  under(summary: string): MultipassError {
    const details = this.#evidence();
    // Without the old summary, nothing names the host.
    const host = details === this.details ? undefined : this.host;
    return new MultipassError(summary, { ...this, details, host, cause: this });
  }

  /** The reason in one line, for a status line. */
  get brief(): string {
    const [line = ""] = (this.details ?? this.summary).split("\n");
    return line.replace(/[\s:]+$/, "");
  }

  /** Only the headline says how long the wait was, so the new error must keep it. */
  #evidence(): string {
    const { kind, summary, details } = this;
    if (details === undefined || kind !== "deadline") return details ?? summary;
    return `${summary.charAt(0).toLowerCase()}${summary.slice(1)}: ${details}`;
  }
}

/** The error for work that ends early because the run was cancelled. */
export function cancelled(summary = "Cancelled", cause?: unknown): MultipassError {
  return new MultipassError(summary, {
    kind: "cancelled",
    remedy: "Run the command again: it continues from here.",
    cause,
  });
}

export function isMultipassError(error: unknown, ...kinds: ErrorKind[]): error is MultipassError {
  return error instanceof MultipassError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** Handles a rejection: a failure of one of these kinds (default: any) is ignored, every other error thrown. */
export function ignoring(...kinds: ErrorKind[]): (error: unknown) => undefined {
  return (error) => {
    if (!isMultipassError(error, ...kinds)) throw error;
  };
}

function compose(summary: string, details: string | undefined, remedy: string | undefined): string {
  const headline = details ? `${summary}: ${details}` : summary;
  return remedy ? `${headline}\n${remedy}` : headline;
}

/** Everything between `//` and the last `@` before the host name. */
const CREDENTIALS = /(?<=\/\/)[^\s/?#"<>]+@/g;

/** Removes credentials from the URLs in a text. The daemon quotes a mirror's URL unchanged. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "");
}
