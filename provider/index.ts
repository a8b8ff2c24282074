/**
 * Manage Canonical Multipass instances with Pulumi.
 *
 * @module
 */
export {
  Instance,
  type InstanceArgs,
  type MountArgs,
  type NetworkArgs,
  type ReadinessArgs,
  type ReadinessCheckArgs,
  type RemediesArgs,
  type ResolvedImage,
  type RetryArgs,
  type TimeoutArgs,
} from "./resources/instance.ts";
