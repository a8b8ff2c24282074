import { classify } from "./classify.ts";
import { MultipassError } from "./errors.ts";
import { MAX_OUTPUT_MIB, runProcess } from "./process.ts";

/** One call of the client. */
export interface Call {
  /** Arguments, each passed as it is: no shell ever sees them. */
  args: readonly string[];
  /** What the error's headline calls this call. Default: the subcommand alone. */
  label?: string;
  /** Text for stdin. Without it stdin is closed, so that no prompt can ever wait for an answer. */
  input?: string | Uint8Array;
  /** Milliseconds after which the client is ended. Every call has one: some commands never give up by themselves. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface CallResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Milliseconds between the request to end and the kill. */
const GRACE_MS = 2_000;
/** What a timer can count; one that is given more fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Subcommands that only ask. Whatever is not here may change something. */
const QUESTIONS = new Set(["aliases", "find", "get", "info", "list", "networks", "version", "wait-ready"]);

const changesSoFar = new Map<string, number>();

/**
 * Grows with every call of this process that may have changed something, at its beginning and at its end.
 *
 * @param command counts the calls of this subcommand alone
 */
export function changes(command?: string): number {
  if (command !== undefined) return changesSoFar.get(command) ?? 0;
  return [...changesSoFar.values()].reduce((sum, one) => sum + one, 0);
}

/** To be told of what is changed by a client that is not run here. */
export function noteChange(command: string): void {
  changesSoFar.set(command, changes(command) + 1);
}

/**
 * Runs the client once and returns what it said, whatever its exit code.
 *
 * @throws MultipassError `call-timeout` when it did not end in time, `cancelled` when the signal was raised, `bad-output` when it has printed
 *   more than is kept, `client-missing` when it could not be started
 */
export async function runClient(client: string, call: Call): Promise<CallResult> {
  const command = call.args[0] ?? "";
  if (QUESTIONS.has(command)) return startClient(client, call);
  noteChange(command);
  return startClient(client, call).finally(() => noteChange(command));
}

async function startClient(client: string, call: Call): Promise<CallResult> {
  const label = call.label ?? call.args[0] ?? "";
  const result = await runProcess(client, call.args, {
    input: call.input,
    timeout: Math.min(Math.max(1, Math.ceil(call.timeoutMs)), LONGEST_MS),
    forceKillAfterDelay: GRACE_MS,
    // The client can be a wrapper (a snap's, a script); what it has started would hold our pipes open after its end.
    killDescendants: true,
    cancelSignal: call.signal,
  });
  if (result.isCanceled) throw wasCancelled(label);
  if (result.timedOut) throw didNotAnswer(label, call.timeoutMs);
  if (result.printedTooMuch) {
    throw new MultipassError(`"multipass ${label}" printed too much`, {
      kind: "bad-output",
      details: `it was ended after more than ${MAX_OUTPUT_MIB} MiB, which is all that is kept`,
      remedy: "Let it print less: send what it has to say to a file.",
    });
  }
  if (result.exitCode === undefined) {
    // Not started at all (no such file, no permission), or ended by a signal that is not ours.
    throw new MultipassError(`Unable to run ${client}`, {
      // Killed by somebody else: whether it had done its work is as unknown as when it does not answer.
      kind: result.signal ? "call-timeout" : "client-missing",
      transient: Boolean(result.signal),
      details: result.originalMessage ?? result.signal ?? "it could not be started",
      cause: result.cause,
    });
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

export function wasCancelled(label: string): MultipassError {
  return new MultipassError(`"multipass ${label}" was cancelled`, { kind: "cancelled" });
}

export function didNotAnswer(label: string, timeoutMs: number): MultipassError {
  return new MultipassError(`"multipass ${label}" did not answer`, {
    kind: "call-timeout",
    transient: true,
    details: `no end after ${Math.round(timeoutMs / 1000)} s`,
    remedy:
      "Another command may be blocking the daemon (a stop or a snapshot takes minutes). If it stays so, restart Multipass.",
  });
}

/**
 * Runs the client once and returns its stdout.
 *
 * @throws MultipassError as `runClient`, and the classified failure when it exits with another code than 0
 */
export async function callClient(client: string, call: Call): Promise<string> {
  const result = await runClient(client, call);
  if (result.exitCode !== 0) {
    throw classify({ command: call.label ?? call.args[0] ?? "", ...result });
  }
  return result.stdout;
}
