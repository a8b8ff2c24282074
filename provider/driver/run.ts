import { classify } from "./classify.ts";
import { cancelled, MultipassError } from "./errors.ts";
import { type Ended, type Limits, MAX_OUTPUT_MIB, runProcess } from "./process.ts";
import type { SshHost } from "./transport/ssh.ts";

export interface Call extends Limits {
  /** Arguments, each passed unchanged; no shell ever sees them. */
  args: readonly string[];
  /** Name of this call in an error's headline. Default: the subcommand alone. */
  label?: string;
}

/** A client, and where it runs. */
export interface Client {
  /** Path of the program, or its name on another host. */
  client: string;
  /** Environment variables in addition to those of its surroundings. */
  env?: Variables | undefined;
  /** The host that it runs on; undefined for this computer. */
  host?: SshHost | undefined;
}

export type Variables = Readonly<Record<string, string>>;

export interface CallResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Subcommands that change nothing. Any other may change something. */
const QUESTIONS = new Set(["aliases", "find", "get", "info", "list", "networks", "version"]);

/** Questions that the daemon answers at once, unless another client's command blocks it. */
const DAEMON_QUESTIONS = ["get", "info", "list", "networks"];
/**
 * Milliseconds for which one command can block the daemon, and so any other as well: a guest gets 300 s to shut
 * down. With less, a busy daemon would count as dead.
 */
export const HELD_MS = 330_000;

/** Commands that block the daemon until they end, so that it answers nobody else. */
const HOLDING = [
  "stop",
  "suspend",
  "delete",
  "recover",
  "snapshot",
  "restore",
  "clone",
  "mount",
  "umount",
  "set",
];

/** What this process does on one host. */
interface Activity {
  /** Calls that may change something. */
  underWay: Set<Call>;
  /** By command. */
  changes: Map<string, number>;
}

const activities = new Map<string | undefined, Activity>();

function activityOn(host: SshHost | undefined): Activity {
  const activity = activities.get(host?.identity) ?? { underWay: new Set(), changes: new Map() };
  activities.set(host?.identity, activity);
  return activity;
}

/** Whether a call of this process may be blocking the host's daemon. */
export function isDaemonHeld(host?: SshHost): boolean {
  return [...activityOn(host).underWay].some(({ args: [command = ""] }) => HOLDING.includes(command));
}

/**
 * Number that grows at the start and the end of every call of this process that may change something on the
 * host.
 *
 * @param command counts only the calls of this subcommand
 */
export function changes(command?: string, host?: SshHost): number {
  const all = activityOn(host).changes;
  if (command !== undefined) return all.get(command) ?? 0;
  return [...all.values()].reduce((sum, one) => sum + one, 0);
}

/** Records a change by a client that runs elsewhere, such as in the launch runner. */
export function noteChange(command: string, host?: SshHost): void {
  activityOn(host).changes.set(command, changes(command, host) + 1);
}

/**
 * Runs the client once and returns its output, whatever its exit code.
 *
 * @throws MultipassError `call-timeout` after its time limit, `cancelled` on the signal, `bad-output` for
 *   more output than we keep, `client-missing` if it cannot be started
 */
export async function runClient(client: Client, call: Call): Promise<CallResult> {
  const command = call.args[0] ?? "";
  if (QUESTIONS.has(command)) return startClient(client, call);
  const { host } = client;
  const { underWay } = activityOn(host);
  noteChange(command, host);
  underWay.add(call);
  return startClient(client, call).finally(() => {
    noteChange(command, host);
    underWay.delete(call);
  });
}

async function startClient(client: Client, call: Call): Promise<CallResult> {
  const command = call.args[0] ?? "";
  const label = call.label ?? command;
  const timeoutMs = DAEMON_QUESTIONS.includes(command) ? Math.min(call.timeoutMs, HELD_MS) : call.timeoutMs;
  // execa would start the client and then end it.
  if (call.signal?.aborted) throw wasCancelled(label);
  const result = await startProcess(client, { ...call, timeoutMs });
  if (result.isCanceled) throw wasCancelled(label);
  if (result.timedOut) throw unanswered(command, label, timeoutMs, client.host);
  if (result.printedTooMuch) {
    throw new MultipassError(`"multipass ${label}" printed too much`, {
      kind: "bad-output",
      details: `it was ended after ${MAX_OUTPUT_MIB} MiB of output, the most that is kept`,
      remedy: "Let it print less, for instance by redirecting its output to a file.",
    });
  }
  if (result.exitCode === undefined) {
    // The client was not started (no such file, no permission), or somebody else's signal ended it.
    throw new MultipassError(`Unable to run ${client.client}`, {
      // If somebody else killed it, the outcome is as unknown as after a timeout.
      kind: result.signal ? "call-timeout" : "client-missing",
      transient: Boolean(result.signal),
      details: result.originalMessage ?? result.signal ?? "it could not be started",
      cause: result.cause,
    });
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

function startProcess({ client, env, host }: Client, call: Call): Promise<Ended> {
  const { args } = call;
  if (host) return host.runClient(client, args, { ...call, env, isShort: QUESTIONS.has(args[0] ?? "") });
  // The client can be a wrapper (a snap's, a script), whose children would keep our pipes open.
  return runProcess(client, args, { ...call, env, killDescendants: true });
}

/** The error for a call without an end. A question that outlasts every command shows a hung daemon. */
export function unanswered(
  command: string,
  label: string,
  timeoutMs: number,
  host?: SshHost,
): MultipassError {
  const hasHadItsTime = DAEMON_QUESTIONS.includes(command) && timeoutMs >= HELD_MS;
  return hasHadItsTime && !isDaemonHeld(host) ? hasHung(timeoutMs) : didNotAnswer(label, timeoutMs);
}

export function hasHung(silentMs: number): MultipassError {
  return new MultipassError("Multipass does not answer", {
    kind: "daemon-hung",
    details: `the daemon has hung: no answer for ${Math.round(silentMs / 1000)} s. Before Multipass 1.17 a guest that reboots itself while cloud-init runs hangs the daemon`,
    remedy:
      'Only a kill ends it (Linux: `sudo snap restart multipass`, or `sudo pkill -KILL multipassd`; macOS: `sudo launchctl kickstart -k system/com.canonical.multipassd`; Windows: `Stop-Process -Name multipassd -Force`). `remedies: { restartDaemon: "always" }` allows this package to do so. Then run `pulumi up` again, which continues from here. In `cloudInit`, reboot with `power_state`, which waits for the end of cloud-init.',
  });
}

export function wasCancelled(label: string): MultipassError {
  return cancelled(`"multipass ${label}" was cancelled`);
}

export function didNotAnswer(label: string, timeoutMs: number): MultipassError {
  return new MultipassError(`"multipass ${label}" did not answer`, {
    kind: "call-timeout",
    transient: true,
    details: `still running after ${Math.round(timeoutMs / 1000)} s`,
    remedy:
      "Another command may be blocking the daemon (a stop or a snapshot takes minutes). If this persists, restart Multipass.",
  });
}

/** Runs the client and returns its stdout. @throws MultipassError also for an exit code other than 0 */
export async function callClient(client: Client, call: Call): Promise<string> {
  const result = await runClient(client, call);
  if (result.exitCode !== 0) {
    const host = client.host?.destination;
    throw classify({ command: call.label ?? call.args[0] ?? "", host, ...result });
  }
  return result.stdout;
}
