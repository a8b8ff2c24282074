import { GiB, MiB } from "./cli/memory-size.ts";

/** The releases that the simulator knows. A patch release behaves as its minor release does. */
export const KNOWN_VERSIONS = ["1.13", "1.14", "1.15", "1.16", "1.17"] as const;

type KnownVersion = (typeof KNOWN_VERSIONS)[number];

/** What a release does, from the release on that is named. Each row begins with 1.13. */
type History<Value> = { "1.13": Value } & { [version in KnownVersion]?: Value };

/** All that differs between the releases. */
const HISTORY = {
  /** Availability zones: commands, `launch --zone`, `zone` in JSON, `in ZONE` in texts, a bridge a zone. */
  zones: { "1.13": false, "1.17": true },
  waitReady: { "1.13": false, "1.17": true },
  clone: { "1.13": false, "1.15": true },
  /** `stop --force`. Without it a suspended instance is left alone without a word, and one that starts loses its power. */
  stopForce: { "1.13": false, "1.14": true },
  /** A failed fetch of the image list is tried again after 5 s, 10 s, 20 s …, instead of at the next interval. */
  listRetries: { "1.13": false, "1.14": true },
  /** Requests wait for a refresh of the image list instead of seeing an empty list. */
  manifestLock: { "1.13": false, "1.17": true },
  /** The HTTP cache serves an image list again when the host is offline. */
  manifestCache: { "1.13": false, "1.17": true },
  /** The remote `core` instead of `appliance`. */
  coreRemote: { "1.13": false, "1.17": true },
  /** Debian and Fedora by name. */
  otherPublishers: { "1.13": false, "1.17": true },
  minimumMemory: { "1.13": 128 * MiB, "1.17": 512 * MiB },
  minimumDisk: { "1.13": 512 * MiB, "1.17": GiB },
  /** Exit code of `exec` when the SSH connection itself fails. */
  sshFailureExit: { "1.13": 2, "1.17": 255 },
  /** `exec` says that its connection broke under a command. Without it only the exit code, 255, shows it. */
  brokenSshText: { "1.13": false, "1.17": true },
  /** Texts about authentication speak of a user, and of who can help, instead of a client. */
  authenticatesUsers: { "1.13": false, "1.17": true },
  /** The daemon refuses a `restore` that cannot be confirmed, instead of an exception that ends the client. */
  restoreRefusedByDaemon: { "1.13": false, "1.17": true },
  /** The refusal of a network names a page that helps. */
  networkAdvice: { "1.13": false, "1.17": true },
  /** The message about a VM that dies while booting leaves out its name. */
  deathWithoutName: { "1.13": false, "1.17": true },
  /** `lxd` and `libvirt` on Linux, but neither `applevz` on macOS nor `hyperv_api` on Windows. */
  legacyDrivers: { "1.13": true, "1.17": false },
  /** The first image host to be asked has no mirror, and the remote `appliance`. */
  customImagesFirst: { "1.13": true, "1.17": false },
  /** `--mem`, `info --all` and `find --only-images` are accepted. */
  legacyOptions: { "1.13": true, "1.17": false },
  /** `find` JSON has the extra key `blueprints (deprecated)`. */
  blueprints: { "1.13": true, "1.17": false },
  /** A launch sees the end of cloud-init although the guest has been reset meanwhile. */
  launchSurvivesReset: { "1.13": false, "1.17": true },
  /** A running instance without a known address lists `N/A`. */
  addressNotAvailable: { "1.13": true, "1.17": false },
} satisfies Record<string, History<boolean> | History<number>>;

/** What one release does. */
export type Capabilities = {
  readonly [name in keyof typeof HISTORY]: (typeof HISTORY)[name]["1.13"] extends number ? number : boolean;
};

/** The known release of a version such as `"1.16.3"` or `"1.17.0-dev.3854"`. Throws a TypeError for any other version. */
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
