/** Exit codes of every command, shown by `--help`. Scripts and systemd units depend on them. */
export const EXIT = {
  ok: 0,
  /** The user must change something first, or the command itself failed. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** Not ready yet, for reasons that resolve by themselves. */
  notReady: 3,
  /** The time limit of `--wait` has passed. */
  timedOut: 4,
} as const;

/** The exit code that shells report for a process ended by a signal. */
export function signalExit(signalNumber: number): number {
  return 128 + signalNumber;
}
