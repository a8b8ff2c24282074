import { GiB, MiB } from "./cli/memory-size.ts";

/** The releases that the simulator supports. A patch release behaves like its minor release. */
export const KNOWN_VERSIONS = ["1.13", "1.14", "1.15", "1.16", "1.17"] as const;

type KnownVersion = (typeof KNOWN_VERSIONS)[number];

/** A behaviour by the release in which it began. Each row begins with 1.13. */
type History<Value> = { "1.13": Value } & { [version in KnownVersion]?: Value };

/** All differences between the releases. */
const HISTORY = {
  /**
   * Availability zones: commands, `launch --zone`, `zone` in JSON, `in ZONE` in messages, one bridge per
   * zone.
   */
  zones: { "1.13": false, "1.17": true },
  waitReady: { "1.13": false, "1.17": true },
  clone: { "1.13": false, "1.15": true },
  /**
   * `stop --force`. Without it, `stop` silently ignores a suspended instance, and powers off one that is
   * starting.
   */
  stopForce: { "1.13": false, "1.14": true },
  /** A failed fetch of the image list is retried after 5 s, 10 s, 20 s …, not only at the next interval. */
  listRetries: { "1.13": false, "1.14": true },
  /** Requests wait for a refresh of the image list instead of seeing an empty list. */
  manifestLock: { "1.13": false, "1.17": true },
  /** The HTTP cache serves an earlier image list while the host is offline. */
  manifestCache: { "1.13": false, "1.17": true },
  /** The remote is called `core` instead of `appliance`. */
  coreRemote: { "1.13": false, "1.17": true },
  /** Debian and Fedora are available by name. */
  otherPublishers: { "1.13": false, "1.17": true },
  minimumMemory: { "1.13": 128 * MiB, "1.17": 512 * MiB },
  minimumDisk: { "1.13": 512 * MiB, "1.17": GiB },
  /** Exit code of `exec` when the SSH connection itself fails. */
  sshFailureExit: { "1.13": 2, "1.17": 255 },
  /**
   * `exec` reports that its connection broke during a command. Without it, only the exit code 255 shows that.
   */
  brokenSshText: { "1.13": false, "1.17": true },
  /** Messages about authentication mention a user, and who can help, instead of a client. */
  authenticatesUsers: { "1.13": false, "1.17": true },
  /** The daemon refuses a `restore` that cannot be confirmed. Without it, an exception ends the client. */
  restoreRefusedByDaemon: { "1.13": false, "1.17": true },
  /** The message that refuses a network names a page that helps. */
  networkAdvice: { "1.13": false, "1.17": true },
  /** The message about a VM that dies while booting omits its name. */
  deathWithoutName: { "1.13": false, "1.17": true },
  /**
   * The drivers include `lxd` and `libvirt` on Linux, but not `applevz` on macOS or `hyperv_api` on Windows.
   */
  legacyDrivers: { "1.13": true, "1.17": false },
  /** The image host asked first has no mirror, and offers the remote `appliance`. */
  customImagesFirst: { "1.13": true, "1.17": false },
  /** `--mem`, `info --all` and `find --only-images` are accepted. */
  legacyOptions: { "1.13": true, "1.17": false },
  /** `find` JSON has the extra key `blueprints (deprecated)`. */
  blueprints: { "1.13": true, "1.17": false },
  /** A launch notices the end of cloud-init even if the guest was reset meanwhile. */
  launchSurvivesReset: { "1.13": false, "1.17": true },
  /** A running instance without a known address is listed with `N/A`. */
  addressNotAvailable: { "1.13": true, "1.17": false },
} satisfies Record<string, History<boolean> | History<number>>;

/** The behaviour of one release. */
export type Capabilities = {
  readonly [name in keyof typeof HISTORY]: (typeof HISTORY)[name]["1.13"] extends number ? number : boolean;
};

/**
 * The supported release of a version such as `"1.16.3"` or `"1.17.0-dev.3854"`. Throws a TypeError for any
 * other version.
 */
function releaseOf(version: string): KnownVersion {
  const release = /^\d+\.\d+(?=$|[.+-])/.exec(version)?.[0];
  const known = KNOWN_VERSIONS.find((one) => one === release);
  if (known === undefined)
    throw new TypeError(
      `Unknown version "${version}": the simulator knows Multipass ${KNOWN_VERSIONS.join(", ")}`,
    );
  return known;
}

export function capabilitiesOf(version: string): Capabilities {
  const until = KNOWN_VERSIONS.slice(0, KNOWN_VERSIONS.indexOf(releaseOf(version)) + 1);
  const latest = (history: History<boolean> | History<number>) =>
    until.map((release) => history[release]).findLast((value) => value !== undefined);
  return Object.fromEntries(
    Object.entries(HISTORY).map(([name, history]) => [name, latest(history)]),
  ) as unknown as Capabilities;
}
