/** What the daemon answers a failed request; printed as `<command> failed: <message>`, exit 2. */
export class RpcError extends Error {
  readonly kind: "failed" | "not found" | "unreachable" | "image servers" | "not running";

  constructor(message: string, kind: RpcError["kind"] = "failed") {
    super(message);
    this.kind = kind;
  }
}

/** The frame around messages that can concern several instances. */
export function severalErrors(lines: string[], kind: RpcError["kind"] = "failed"): RpcError {
  return new RpcError(`The following errors occurred:\n${lines.join("\n")}`, kind);
}

export const unreachable = () => new RpcError("cannot connect to the multipass socket", "unreachable");

/** The client ends by itself, with a text of its own. */
export class ClientExit extends Error {
  readonly exitCode: number;
  readonly stream: "stdout" | "stderr";

  constructor(text: string, exitCode = 1, stream: "stdout" | "stderr" = "stderr") {
    super(text);
    this.exitCode = exitCode;
    this.stream = stream;
  }
}

/** An exception that nothing in the client catches: a bracketed line on stderr, exit 1. */
export class ClientException extends Error {}

/** The daemon died, or was stopped, while it worked on something. */
export class DaemonGone extends Error {}
