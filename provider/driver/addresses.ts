/**
 * The address by which the host reaches an instance. Multipass lists it first while it knows it. Otherwise
 * the list holds only what the guest reports, and may begin with a bridge inside the guest, such as docker0.
 *
 * @returns undefined if there is none yet
 */
export function hostAddress(ipv4: readonly string[]): string | undefined {
  return ipv4.find((address) => !INSIDE.some((pattern) => pattern.test(address)));
}

/** An instance's addresses, beginning with the one by which the host reaches it. */
export function hostAddressFirst(ipv4: readonly string[]): string[] {
  const first = hostAddress(ipv4);
  return first === undefined ? [...ipv4] : [first, ...ipv4.filter((address) => address !== first)];
}

/**
 * Addresses that a guest assigns itself. A bridge takes the first address of its network; in Multipass's own
 * network, the host has that one. Docker uses 172.17.0.0/16 and the networks after it. Hyper-V's networks
 * share that range but are smaller, so a guest's address there may end in .1.
 */
const INSIDE = [/^172\.\d+\.0\.1$/, /^(?:10|192\.168)\..*\.[01]$/, /^(?:127|169\.254)\./];
