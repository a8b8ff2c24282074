import type { Environment } from "./binary.ts";

/** The environment variable that tells the client which daemon to talk to. */
export const SERVER_VARIABLE = "MULTIPASS_SERVER_ADDRESS";

/** An address for `net.connect`. */
export type Address = { path: string } | { host: string; port: number };

/**
 * Where the daemon listens, by the client's own rules. Source: canonical/multipass
 * `src/platform/platform_{linux,osx,win}.cpp`.
 */
export function daemonAddresses({ platform, env }: Environment = process): Address[] {
  const named = env[SERVER_VARIABLE];
  if (named?.startsWith("unix:")) return [{ path: named.slice("unix:".length) }];
  const [host, port] = named?.split(":") ?? [];
  if (host && port) return [{ host, port: Number(port) }];
  if (platform === "win32") return [{ host: "localhost", port: 50051 }];
  if (platform === "darwin") return [{ path: "/var/run/multipass_socket" }];
  return [{ path: "/var/snap/multipass/common/multipass_socket" }, { path: "/run/multipass_socket" }];
}

/** Loopback addresses and names. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * The remote computer whose daemon the client talks to, if `SERVER_VARIABLE` names one (`host:port`).
 *
 * @param addresses this computer's own addresses
 * @returns undefined if the daemon runs on this computer
 */
export function otherComputer(env: NodeJS.ProcessEnv, addresses: readonly string[] = []): string | undefined {
  const named = env[SERVER_VARIABLE];
  if (!named || named.startsWith("unix:")) return undefined;
  const host = named.replace(/:\d*$/, "");
  return LOOPBACK.test(host) || addresses.includes(host) ? undefined : host;
}
