/** What differs between the Multipass versions that the simulator stands for; decided by major.minor alone. */
export interface Capabilities {
  /** Availability zones: commands, `launch --zone`, `zone` in JSON, `in ZONE` in texts (1.17). */
  readonly zones: boolean;
  readonly waitReady: boolean;
  /** Image manifests are guarded by a lock: requests wait for a refresh instead of seeing an empty list (1.17). */
  readonly manifestLock: boolean;
  /** An image list once fetched is served again from the HTTP cache when the host is offline (1.17). */
  readonly manifestCache: boolean;
  readonly minimumMemory: number;
  readonly minimumDisk: number;
  /** Exit code of `exec` when the SSH connection itself fails. */
  readonly sshFailureExit: number;
  /** `--mem`, `info --all`, `find --only-images` are still accepted (before 1.17). */
  readonly legacyOptions: boolean;
  /** `find` JSON has the extra key `blueprints (deprecated)` (before 1.17). */
  readonly blueprints: boolean;
  /** A running instance without a known address lists `N/A` (before 1.17). */
  readonly addressNotAvailable: boolean;
}

const MiB = 1024 ** 2;

/** The capabilities of a version such as `"1.16.3"`. */
export function capabilitiesOf(version: string): Capabilities {
  const [major = 1, minor = 17] = version.split(".").map((part) => Number.parseInt(part, 10));
  const head = major > 1 || minor >= 17;
  return {
    zones: head,
    waitReady: head,
    manifestLock: head,
    manifestCache: head,
    minimumMemory: head ? 512 * MiB : 128 * MiB,
    minimumDisk: head ? 1024 * MiB : 512 * MiB,
    sshFailureExit: head ? 255 : 2,
    legacyOptions: !head,
    blueprints: !head,
    addressNotAvailable: !head,
  };
}
