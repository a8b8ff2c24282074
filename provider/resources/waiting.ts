/**
 * Arguments that say what an operation waits for, how it retries, and for how long. All resources share them.
 *
 * Durations are strings, as in Pulumi's `customTimeouts`: `"250ms"`, `"90s"`, `"5m"`, `"1h30m"`.
 */
import type * as pulumi from "@pulumi/pulumi";

/**
 * A further condition for the instance to count as ready. Give exactly one of `tcp`, `http` and `command`.
 */
export interface ReadinessCheckArgs {
  /** A port that must accept connections. */
  tcp?: pulumi.Input<{
    /** Port number, 1 to 65535. */
    port: pulumi.Input<number>;
    /** Name or address. Default: the instance's address. */
    host?: pulumi.Input<string>;
  }>;
  /** A URL that must answer. `{ip}` in it stands for the instance's address. */
  http?: pulumi.Input<{
    /** URL, such as `http://{ip}:8080/health`. */
    url: pulumi.Input<string>;
    /** Expected status. Default: any from 200 to 399. */
    status?: pulumi.Input<number>;
  }>;
  /** A command in the guest that must exit with 0. An array of words, since no shell runs it. */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** How long to keep trying, such as `"5m"`. Default: until the create's own deadline. */
  timeout?: pulumi.Input<string>;
  /** Pause between attempts. Default `"2s"`. */
  interval?: pulumi.Input<string>;
}

/**
 * Conditions that must be met before an instance counts as ready. If one is not met in time, the create
 * fails. The instance is kept, and the next `up` continues to wait.
 *
 * @example
 * ```ts
 * new multipass.Instance("web", {
 *   cloudInit: { packages: ["nginx"] },
 *   readiness: { checks: [{ tcp: { port: 80 }, timeout: "5m" }] },
 * });
 * ```
 */
export interface ReadinessArgs {
  /**
   * - `success` (default): cloud-init must finish without an error
   * - `finished`: cloud-init must finish, with or without errors; its errors become a warning
   * - `skip`: cloud-init is not checked
   */
  cloudInit?: pulumi.Input<"success" | "finished" | "skip">;
  /**
   * Errors from which cloud-init has recovered (`degraded`): `accept` (default) reports them as a warning,
   * `fail` fails the create.
   */
  degraded?: pulumi.Input<"accept" | "fail">;
  /** Further conditions, checked in this order. Default: none. */
  checks?: pulumi.Input<pulumi.Input<ReadinessCheckArgs>[]>;
}

/**
 * How often to retry while the host is not ready. The defaults suit most hosts; see docs/concepts.md for the
 * reasons.
 */
export interface RetryArgs {
  /** Pause after the first failure. Default `"5s"`. */
  initialDelay?: pulumi.Input<string>;
  /** Factor by which each pause grows. At least 1, default 3 (5 s, 15 s, 45 s, …). */
  factor?: pulumi.Input<number>;
  /** The longest pause. Default `"60s"`. */
  maxDelay?: pulumi.Input<string>;
  /** Random share of each pause, 0 to 1. Default 0.2. */
  jitter?: pulumi.Input<number>;
}

/** Steps to take besides waiting while the daemon has no image list. */
export interface RemediesArgs {
  /**
   * Launch the image by its URL as soon as this host can read the image server's list. Otherwise the create
   * waits for the daemon's own retry (up to 15 minutes). The daemon does not check the hash of an image
   * launched by URL. Default true.
   */
  directImage?: pulumi.Input<boolean>;
  /**
   * If this host can reach the image servers but the daemon cannot: download the image here, check its hash,
   * and launch the file. Default false.
   */
  localImage?: pulumi.Input<boolean>;
  /** Folder for these images; the daemon must be able to read it. Default `~/pulumi-multipass-images`. */
  imageFolder?: pulumi.Input<string>;
  /**
   * Run `multipass find --force-update` once, and only while this host is online. From Multipass 1.14 on,
   * only if the daemon's list is empty without an error, because it has no effect after a failed fetch.
   * Default false: if the update fails, the daemon never fetches again by itself.
   */
  forceUpdate?: pulumi.Input<boolean>;
  /**
   * Restart the daemon once: `never` (default), `ifIdle` if no instance is running, `always` (suspends every
   * running instance).
   */
  restartDaemon?: pulumi.Input<"never" | "ifIdle" | "always">;
  /**
   * Command that restarts the daemon, as an array of words. Default: the command of the platform's service
   * manager, with `sudo -n` if needed.
   */
  restartCommand?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Base URLs by remote (`release`, `daily`, `snapcraft`) that replace Ubuntu's own, for a mirror: `https:`,
   * or `http:` on this host.
   */
  imageServers?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * Maximum duration of each operation, including all waits and retries, as `"90s"` or `"1h30m"`. An operation
 * that takes longer fails and says what it was waiting for. The next `up` continues from there.
 */
export interface TimeoutArgs {
  /** Default `"30m"`: the longest pause of Multipass's own schedule (15 min), then download and boot. */
  create?: pulumi.Input<string>;
  /** Default `"20m"`. */
  update?: pulumi.Input<string>;
  /** Default `"10m"`. */
  delete?: pulumi.Input<string>;
  /** Default `"10m"`. */
  read?: pulumi.Input<string>;
}
