/**
 * The address by which the host reaches an instance. Multipass lists it first while it knows it. Otherwise the list holds only what the guest
 * says, and may begin with a bridge inside the guest, such as docker0.
 *
 * @returns undefined where there is none yet
 */
export function hostAddress(ipv4: readonly string[]): string | undefined {
  return ipv4.find((address) => !INSIDE.some((pattern) => pattern.test(address)));
}

/** The addresses of an instance, with the one by which the host reaches it first. */
export function hostAddressFirst(ipv4: readonly string[]): string[] {
  const first = hostAddress(ipv4);
  return first === undefined ? [...ipv4] : [first, ...ipv4.filter((address) => address !== first)];
}

/**
 * Addresses that a guest gives itself. A bridge takes the first of its network, which the host has in Multipass's own. Docker's networks are
 * 172.17.0.0/16 and those after it; Hyper-V's share that range but are smaller, so that a guest there may end in .1.
 */
const INSIDE = [/^172\.\d+\.0\.1$/, /^(?:10|192\.168)\..*\.[01]$/, /^(?:127|169\.254)\./];
