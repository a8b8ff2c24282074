/**
 * What the exit code of every command means; shown by `--help`. They are an interface: scripts and systemd units decide on them.
 */
export const EXIT = {
  ok: 0,
  /** Something has to be changed before it can work, or the command itself failed. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** Not ready yet, for reasons that pass by themselves. */
  notReady: 3,
  /** The time that `--wait` was given is over. */
  timedOut: 4,
} as const;

/** The code that shells give a process which a signal has ended. */
export function signalExit(signalNumber: number): number {
  return 128 + signalNumber;
}
