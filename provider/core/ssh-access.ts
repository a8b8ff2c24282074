// Kept apart from the host's schema, because every program that imports the package loads this file.
import type { HostInput } from "./host.ts";

/** How to reach an instance with ssh. */
export interface SshAccess {
  /** The guest's user. */
  user: string;
  /** The instance's address in its host's network; empty if it has none now. */
  address: string;
  /** The host to go through, for `ssh -J`; undefined for an instance on this computer. */
  proxyJump?: string;
}

/** The user that Multipass's cloud-init creates in every guest. */
const GUEST_USER = "ubuntu";

export function sshAccess(address: string, host: HostInput | undefined): SshAccess {
  return {
    user: GUEST_USER,
    address,
    ...(host !== undefined && { proxyJump: typeof host === "string" ? host : host.ssh }),
  };
}
