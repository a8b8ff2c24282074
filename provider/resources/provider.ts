import type * as pulumi from "@pulumi/pulumi";
import type { Host } from "./base.ts";
import type { ReadinessArgs, RemediesArgs, RetryArgs, TimeoutArgs } from "./waiting.ts";

/**
 * The configuration of the plugin `multipass-lab`: of an explicit provider, or of the stack, as in
 * `pulumi config set multipass-lab:serverAddress …`. Arguments of a resource win.
 */
export interface ProviderArgs {
  /** Path of the `multipass` client. Default: `MULTIPASS_BIN`, the PATH, then the usual install folders. */
  multipassPath?: pulumi.Input<string>;
  /**
   * Address of the Multipass daemon, such as `unix:/run/multipass_socket` or `lab.example.net:50051`.
   * Default: `MULTIPASS_SERVER_ADDRESS`, then the daemon of this computer.
   */
  serverAddress?: pulumi.Input<string>;
  /**
   * The host that runs Multipass, reached over ssh, such as `"user@lab2"`. The default of every resource; a
   * `host` of the resource wins.
   */
  host?: pulumi.Input<Host>;
  /** How often to try again while the host is not ready. The default of every `Instance`. */
  retry?: pulumi.Input<RetryArgs>;
  /** Steps to take besides waiting while the daemon has no image list. The default of every `Instance`. */
  remedies?: pulumi.Input<RemediesArgs>;
  /**
   * Conditions that must be met before an instance counts as ready. The default of every `Instance` and
   * `Clone`.
   */
  readiness?: pulumi.Input<ReadinessArgs>;
  /** How long each operation may take. The default of every resource. */
  timeouts?: pulumi.Input<TimeoutArgs>;
}
