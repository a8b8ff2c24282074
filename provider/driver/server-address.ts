/** Loopback addresses and names. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * The remote computer whose daemon the client talks to, as named by MULTIPASS_SERVER_ADDRESS (`host:port`).
 *
 * @param addresses this computer's own addresses
 * @returns undefined if the daemon runs on this computer
 */
export function otherComputer(env: NodeJS.ProcessEnv, addresses: readonly string[] = []): string | undefined {
  const named = env["MULTIPASS_SERVER_ADDRESS"];
  if (!named || named.startsWith("unix:")) return undefined;
  const host = named.replace(/:\d*$/, "");
  return LOOPBACK.test(host) || addresses.includes(host) ? undefined : host;
}
