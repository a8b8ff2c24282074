import { GiB, MiB } from "./cli/memory-size.ts";

/** What differs between the Multipass versions that the simulator stands for; decided by major.minor alone. */
export interface Capabilities {
  /** Availability zones: commands, `launch --zone`, `zone` in JSON, `in ZONE` in texts, a bridge a zone (1.17). */
  readonly zones: boolean;
  readonly waitReady: boolean;
  /** `multipass clone` (1.15). */
  readonly clone: boolean;
  /** `stop --force`; before 1.14 a suspended instance is left alone without a word, and one that starts loses its power. */
  readonly stopForce: boolean;
  /** A fetch of the image list that failed is tried again after 5 s, 10 s, 20 s …; before 1.14 only at the next interval. */
  readonly listRetries: boolean;
  /** Image manifests are guarded by a lock: requests wait for a refresh instead of seeing an empty list (1.17). */
  readonly manifestLock: boolean;
  /** An image list once fetched is served again from the HTTP cache when the host is offline (1.17). */
  readonly manifestCache: boolean;
  /** The remote `core` in the place of `appliance` (1.17). */
  readonly coreRemote: boolean;
  /** Debian and Fedora by name (1.17). */
  readonly otherPublishers: boolean;
  readonly minimumMemory: number;
  readonly minimumDisk: number;
  /** Exit code of `exec` when the SSH connection itself fails. */
  readonly sshFailureExit: number;
  /** `exec` says that its connection broke under a command; before 1.17 only the exit code, 255, shows it. */
  readonly brokenSshText: boolean;
  /** Texts about authentication speak of a user, and of who can help; before 1.17 of a client. */
  readonly authenticatesUsers: boolean;
  /** A `restore` that cannot be confirmed is refused by the daemon; before 1.17 an exception ends the client. */
  readonly restoreRefusedByDaemon: boolean;
  /** The refusal of a network names a page that helps (1.17). */
  readonly networkAdvice: boolean;
  /** A VM that dies while booting is told without its name (1.17). */
  readonly deathWithoutName: boolean;
  /** Before 1.17: `lxd` and `libvirt` on Linux, but neither `applevz` on macOS nor `hyperv_api` on Windows. */
  readonly legacyDrivers: boolean;
  /** The first host of images to be asked has no mirror, and the remote `appliance` (before 1.17). */
  readonly customImagesFirst: boolean;
  /** `--mem`, `info --all`, `find --only-images` are still accepted (before 1.17). */
  readonly legacyOptions: boolean;
  /** `find` JSON has the extra key `blueprints (deprecated)` (before 1.17). */
  readonly blueprints: boolean;
  /** A launch sees the end of cloud-init although the guest has been reset meanwhile (1.17). */
  readonly launchSurvivesReset: boolean;
  /** A running instance without a known address lists `N/A` (before 1.17). */
  readonly addressNotAvailable: boolean;
}

/** The capabilities of a version such as `"1.16.3"`. */
export function capabilitiesOf(version: string): Capabilities {
  const [major = 1, minor = 17] = version.split(".").map((part) => Number.parseInt(part, 10));
  const since = (first: number) => major > 1 || minor >= first;
  const head = since(17);
  return {
    zones: head,
    waitReady: head,
    clone: since(15),
    stopForce: since(14),
    listRetries: since(14),
    manifestLock: head,
    manifestCache: head,
    coreRemote: head,
    otherPublishers: head,
    minimumMemory: head ? 512 * MiB : 128 * MiB,
    minimumDisk: head ? GiB : 512 * MiB,
    sshFailureExit: head ? 255 : 2,
    brokenSshText: head,
    authenticatesUsers: head,
    restoreRefusedByDaemon: head,
    networkAdvice: head,
    deathWithoutName: head,
    legacyDrivers: !head,
    customImagesFirst: !head,
    legacyOptions: !head,
    blueprints: !head,
    launchSurvivesReset: head,
    addressNotAvailable: !head,
  };
}
