import { otherComputer } from "./daemon-address.ts";
import { MultipassError, type MultipassErrorOptions } from "./errors.ts";
import { endOf } from "./output.ts";
import { MAX_OUTPUT_MIB, runProcess } from "./process.ts";

/** Milliseconds for a restart by the service manager: the daemon first suspends every running instance. */
const RESTART_MS = 300_000;

/**
 * Commands that restart Multipass's service, by platform. All need an administrator. The names of the services
 * are those in Multipass's documentation, which restarts them by a stop and a start.
 */
const COMMANDS: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ["snap", "restart", "multipass"],
  darwin: ["launchctl", "kickstart", "-k", "system/com.canonical.multipassd"],
  win32: ["powershell.exe", "-NoProfile", "-Command", "Restart-Service -Name Multipass"],
};
/** Commands for a daemon that ignores a request to stop, where the service manager does not kill it. */
const KILL_COMMANDS: typeof COMMANDS = {
  win32: [
    ...["powershell.exe", "-NoProfile", "-Command"],
    "Stop-Process -Name multipassd -Force; Start-Service -Name Multipass",
  ],
};

/** The user's own command that restarts the daemon, or the platform's, with `sudo -n` where it needs root. */
export function restartCommand(
  own: readonly string[] | undefined,
  platform: NodeJS.Platform = process.platform,
  uid: number | undefined = process.getuid?.(),
  isHung = false,
): string[] {
  if (own !== undefined) return [...own];
  const command = (isHung ? KILL_COMMANDS[platform] : undefined) ?? COMMANDS[platform] ?? [];
  return platform !== "win32" && uid !== 0 ? ["sudo", "-n", ...command] : command;
}

/** Refusals that `sudo -n`, snapd, launchd and PowerShell print for users without permission. */
const DENIED =
  /password is required|not in the sudoers|not allowed to|access (?:is )?denied|not permitted|Cannot open .* service/i;

/** Restarts the daemon. @param options.other the other computer that runs it, if any */
export async function restartDaemon(
  own?: readonly string[],
  {
    timeoutMs = RESTART_MS,
    isHung = false,
    other = otherComputer(process.env),
  }: { timeoutMs?: number; isHung?: boolean; other?: string | undefined } = {},
): Promise<void> {
  const cannot = (reason: MultipassErrorOptions) =>
    new MultipassError("Unable to restart the Multipass daemon", reason);
  if (other !== undefined && own === undefined) {
    throw cannot({
      kind: "not-supported",
      details: `it runs on ${other}`,
      remedy: `Restart it there, or name a command that does with \`remedies.restartCommand\`, such as ["ssh", "${other}", "sudo", "snap", "restart", "multipass"].`,
    });
  }
  const [file, ...args] = restartCommand(own, process.platform, process.getuid?.(), isHung);
  if (file === undefined) {
    const details = `no command is known for ${process.platform}`;
    throw cannot({ kind: "not-supported", details, remedy: "Name one with `remedies.restartCommand`." });
  }
  const result = await runProcess(file, args, { timeoutMs });
  if (result.exitCode === 0 && !result.timedOut && !result.printedTooMuch) return;
  const said = [result.stderr, result.stdout].map((text) => endOf(text).trim()).find(Boolean);
  const isDenied = !result.timedOut && DENIED.test(said ?? "");
  const why = result.timedOut
    ? `still running after ${timeoutMs / 1000} s`
    : result.printedTooMuch
      ? `it printed more than ${MAX_OUTPUT_MIB} MiB`
      : undefined;
  throw cannot({
    kind: result.timedOut ? "call-timeout" : isDenied ? "access-denied" : "unknown",
    details: `\`${[file, ...args].join(" ")}\`: ${why ?? said ?? result.originalMessage ?? `exit code ${result.exitCode}`}`,
    remedy: isDenied
      ? "Run it as an administrator, allow it to use `sudo -n`, or name another command with `remedies.restartCommand`."
      : "Run it yourself to see what it says, or name another command with `remedies.restartCommand`.",
  });
}

/** States that a restart of the daemon leaves alone. A disabled zone has powered off its instances. */
const AT_REST = ["Stopped", "Suspended", "Deleted", "Unavailable"];

/** Names of the instances that a restart of the daemon would interrupt. */
export function interruptedByRestart(all: readonly { name: string; state: string }[]): string[] {
  return all.filter(({ state }) => !AT_REST.includes(state)).map(({ name }) => name);
}
