import { MultipassError } from "../errors.ts";
import { SSH_RULES } from "../failure-rules.ts";
import { fitToShow } from "../output.ts";
import type { Ended } from "../process.ts";
import type { Heard } from "./remote-program.ts";

/** Names a program to run in place of `ssh`, as `GIT_SSH` does for git. */
const SSH_VARIABLE = "PULUMI_MULTIPASS_SSH";

export const sshProgram = () => process.env[SSH_VARIABLE] || "ssh";

export interface RemoteEnd extends Ended {
  heard: Heard;
}

/** What the host or ssh said, to be shown. */
export const said = ({ stderr }: Heard) => fitToShow(stderr);

/** What ssh prints if there was never a connection. Then nothing was sent. */
const NO_CONNECTION =
  /^ssh: connect to host |^kex_exchange_identification: |^Connection timed out during banner exchange/m;

/**
 * Whether the host may have run some of the program. If an open connection is cut, what the host said last can
 * be lost on the way.
 */
export function mayHaveBegun({ exitCode, signal, heard }: RemoteEnd): boolean {
  if (heard.begun || signal) return true;
  const words = said(heard);
  return exitCode === 255 && !NO_CONNECTION.test(words) && !ruleFor(words);
}

const ruleFor = (words: string) => SSH_RULES.find(({ pattern }) => pattern.test(words));

/** The error for a program that the host has not begun to run. */
export function notBegun(
  destination: string,
  { exitCode, signal, heard, originalMessage }: RemoteEnd,
): MultipassError {
  if (exitCode === undefined && !signal) {
    return new MultipassError(`Unable to run ${sshProgram()}`, {
      kind: "client-missing",
      details: originalMessage,
      remedy: `Install OpenSSH's client, or name the program in ${SSH_VARIABLE}.`,
    });
  }
  const words = said(heard);
  const rule = ruleFor(words);
  // ssh's own failures all have this exit code. Most of those that no row knows come from the network.
  const isSsh = exitCode === 255 || Boolean(signal);
  return new MultipassError(`Unable to reach host "${destination}"`, {
    kind: rule?.kind ?? (isSsh ? "host-unreachable" : "host-access-denied"),
    transient: rule?.transient ?? isSsh,
    host: destination,
    details: words || `ssh ended with ${signal ?? `code ${exitCode}`} and said nothing`,
    remedy: rule?.remedy ?? (isSsh ? UNREACHABLE : NO_SHELL),
  });
}

export const UNREACHABLE =
  "Check that the host runs, and that `ssh HOST true` works from a terminal without asking for anything.";
const NO_SHELL =
  "Check that `ssh HOST sh -c :` works from a terminal: the remote user needs a login shell that runs commands.";

/** The error for a call whose outcome is unknown. */
export function noEnd(host: string, details: string, command: string | undefined): MultipassError {
  const isGuest = command === "exec";
  return new MultipassError(
    `${command ? `"multipass ${command}"` : "A call"} on ${host} has not been heard to its end`,
    {
      kind: isGuest ? "guest-connection-lost" : "call-timeout",
      transient: true,
      host,
      details,
      remedy: isGuest
        ? "What ran in the guest may go on there: see what it has done."
        : "What was asked for may have happened. The next try looks.",
    },
  );
}
