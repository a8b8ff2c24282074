import { MultipassError } from "./errors.ts";
import { MIB } from "./size.ts";

/** Capabilities of a version of Multipass that matter to this package. */
export interface Capabilities {
  /** Availability zones (`zones`, `launch --zone`, state `Unavailable`). */
  zones: boolean;
  /** Whether a failed fetch of the image list is retried after 5, 10, 20 … s; before 1.14 after 15 min. */
  imageListRetries: boolean;
  /** Images of publishers other than Ubuntu by name, such as `debian`. */
  otherPublishers: boolean;
  /** `multipass clone`. */
  clone: boolean;
  /** Whether a launch survives a guest that reboots in cloud-init (canonical/multipass#4476). */
  survivesReboot: boolean;
  /** `stop --force`. */
  stopForce: boolean;
  /**
   * Whether `find --force-update` fetches even if the last background fetch failed. Since 1.14 it first waits
   * for that fetch, which throws the stored error again. Source: canonical/multipass
   * `async_periodic_download_task.h`, and measured on 1.17.
   */
  forceUpdateHelps: boolean;
  /** Minimum in bytes; `launch` and `set` refuse less. */
  minimumMemory: number;
  /** Minimum in bytes; `launch` refuses less. */
  minimumDisk: number;
}

export interface Version {
  major: number;
  minor: number;
  patch: number;
  text: string;
}

/** Oldest supported version: the first with the expected JSON output, hidden no-SSH flags and snapshots. */
export const OLDEST_SUPPORTED = "1.13.0";
/** Newest version whose limits this package knows. Later ones are assumed to have the same. */
export const NEWEST_KNOWN = "1.17.0";

/** Parses `1.16.3`, `1.17.0-dev.3854+g9b0af2ec`, `1.14.0+mac`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.trim());
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3] ?? 0),
    text: text.trim(),
  };
}

/** @throws MultipassError of kind `bad-output` for what is no version */
export function requireVersion(text: string): Version {
  const version = parseVersion(text);
  if (version) return version;
  throw new MultipassError("Unable to tell the version of Multipass", {
    kind: "bad-output",
    details: `"multipass version" says ${JSON.stringify(text)}`,
    remedy: `Install Multipass ${OLDEST_SUPPORTED} or newer.`,
  });
}

/** Negative if `version` is older. A development build counts as the release that it will become. */
export function compare(version: Version, text: string): number {
  const other = parseVersion(text) as Version;
  return version.major - other.major || version.minor - other.minor || version.patch - other.patch;
}

export function isSupported(version: Version): boolean {
  return compare(version, OLDEST_SUPPORTED) >= 0;
}

export function capabilities(version: Version): Capabilities {
  const since = (minor: number) => compare(version, `1.${minor}.0`) >= 0;
  return {
    zones: since(17),
    imageListRetries: since(14),
    otherPublishers: since(17),
    clone: since(15),
    survivesReboot: since(17),
    stopForce: since(14),
    forceUpdateHelps: !since(14),
    minimumMemory: (since(17) ? 512 : 128) * MIB,
    minimumDisk: (since(17) ? 1024 : 512) * MIB,
  };
}
