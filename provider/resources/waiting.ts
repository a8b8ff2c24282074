/**
 * What an operation waits for, how it waits, and how long: the same arguments wherever something has to come true.
 *
 * Durations are text, as Pulumi writes them in `customTimeouts`: `"250ms"`, `"90s"`, `"5m"`, `"1h30m"`.
 */
import type * as pulumi from "@pulumi/pulumi";

/** One more thing that has to hold before the instance counts as ready. Exactly one of `tcp`, `http` and `command`. */
export interface ReadinessCheckArgs {
  /** A port that accepts connections. */
  tcp?: pulumi.Input<{
    /** 1 to 65535. */
    port: pulumi.Input<number>;
    /** Name or address. Default: the instance's address. */
    host?: pulumi.Input<string>;
  }>;
  /** A URL that answers. `{ip}` in it stands for the instance's address. */
  http?: pulumi.Input<{
    /** Such as `http://{ip}:8080/health`. */
    url: pulumi.Input<string>;
    /** The status that counts. Default: any from 200 to 399. */
    status?: pulumi.Input<number>;
  }>;
  /** A command in the guest that exits 0. An array, as no shell is between. */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** How long to go on trying, as `"5m"`. Default: until the create's own time is over. */
  timeout?: pulumi.Input<string>;
  /** Pause between two tries. Default `"2s"`. */
  interval?: pulumi.Input<string>;
}

/**
 * What has to hold before an instance counts as ready. What does not hold in time fails the create; the machine is kept, and the next `up` goes
 * on waiting.
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
   * - `success` (default): cloud-init has finished without an error
   * - `finished`: it has finished, however it ended; its errors become a warning
   * - `skip`: it is not asked
   */
  cloudInit?: pulumi.Input<"success" | "finished" | "skip">;
  /** Errors from which cloud-init has recovered (`degraded`): `accept` (default) makes them a warning, `fail` fails the create. */
  degraded?: pulumi.Input<"accept" | "fail">;
  /** What else has to hold, in this order. Default: nothing. */
  checks?: pulumi.Input<pulumi.Input<ReadinessCheckArgs>[]>;
}

/** How often to try again while the host is not ready. Each value is a default that serves; see docs/concepts.md for the reasons. */
export interface RetryArgs {
  /** Pause after the first failure. Default `"5s"`. */
  initialDelay?: pulumi.Input<string>;
  /** By how much each pause is longer than the last. At least 1, default 3 (5 s, 15 s, 45 s, …). */
  factor?: pulumi.Input<number>;
  /** The longest pause. Default `"60s"`. */
  maxDelay?: pulumi.Input<string>;
  /** The share of a pause that is left to chance, 0 to 1. Default 0.2. */
  jitter?: pulumi.Input<number>;
}

/** What is done besides waiting while the daemon has no image list. */
export interface RemediesArgs {
  /**
   * Launch the image by its URL as soon as this host can read what the image server publishes, instead of waiting for the daemon's own
   * retry (up to 15 minutes). The daemon checks no hash of an image by URL. Default true.
   */
  directImage?: pulumi.Input<boolean>;
  /**
   * Where the daemon cannot reach the image servers and this host can: download the image here, check its hash, and launch the file.
   * Default false.
   */
  localImage?: pulumi.Input<boolean>;
  /** Where such images are kept; the daemon has to be able to read it. Default `~/pulumi-multipass-images`. */
  imageFolder?: pulumi.Input<string>;
  /**
   * Run `multipass find --force-update`, once, and only while this host is online. From 1.14 on only where the daemon's list is empty without
   * an error: after a fetch that has failed it would change nothing. Default false: where it fails the daemon never looks again by itself.
   */
  forceUpdate?: pulumi.Input<boolean>;
  /** Restart the daemon, once: `never` (default), `ifIdle` while no machine runs, `always` (suspends every running machine). */
  restartDaemon?: pulumi.Input<"never" | "ifIdle" | "always">;
  /** The command that restarts it, one word an entry. Default: that of the platform's service manager, with `sudo -n` where need be. */
  restartCommand?: pulumi.Input<pulumi.Input<string>[]>;
  /** Base URLs by remote (`release`, `daily`, `snapcraft`) in place of Ubuntu's own, for a mirror: `https:`, or `http:` to this host. */
  imageServers?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The longest that each operation may take, all of its waits and tries together, as `"90s"` or `"1h30m"`. One that takes longer fails with what
 * it was waiting for, and the next `up` goes on there.
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
