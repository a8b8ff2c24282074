/**
 * The daemon's answer to a failed request; the client prints `<command> failed: <message>` and exits with 2.
 */
export class RpcError extends Error {
  readonly kind: "failed" | "not found" | "unreachable" | "image servers" | "not running";

  constructor(message: string, kind: RpcError["kind"] = "failed") {
    super(message);
    this.kind = kind;
  }
}

/** Wraps messages that can concern several instances. */
export function severalErrors(lines: string[], kind: RpcError["kind"] = "failed"): RpcError {
  return new RpcError(`The following errors occurred:\n${lines.join("\n")}`, kind);
}

export const unreachable = () => new RpcError("cannot connect to the multipass socket", "unreachable");

/** The client exits on its own, with its own message. */
export class ClientExit extends Error {
  readonly exitCode: number;
  readonly stream: "stdout" | "stderr";

  constructor(text: string, exitCode = 1, stream: "stdout" | "stderr" = "stderr") {
    super(text);
    this.exitCode = exitCode;
    this.stream = stream;
  }
}

/** An exception that the client does not catch: it prints a line in brackets on stderr and exits with 1. */
export class ClientException extends Error {}

/** The daemon died or was stopped in the middle of a request. */
export class DaemonGone extends Error {}
