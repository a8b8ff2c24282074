import { once } from "node:events";
import { connect } from "node:net";
import type { networkInterfaces } from "node:os";
import type { Environment } from "../driver/binary.ts";
import { aborted, type Clock } from "../driver/clock.ts";
import { type Address, daemonAddresses } from "../driver/daemon-address.ts";
import { hostAddresses } from "./addresses.ts";
import { thisComputer } from "./computer.ts";

/** Milliseconds between two looks at the host. A look costs microseconds and no call of Multipass. */
const LOOK_MS = 1_000;
const SETTLE_MS = 1_000;
const SOCKET_LOOK_MS = 500;

/** Files that configure name resolution. A missing file is also recorded. */
const RESOLVER_FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** The host's network as seen without sending anything: its addresses and resolvers. */
export function networkPicture(
  interfaces?: typeof networkInterfaces,
  files: readonly string[] = RESOLVER_FILES,
): string {
  const resolvers = files.map((file) => thisComputer.readText(file) ?? "");
  return JSON.stringify([hostAddresses(interfaces).sort(), resolvers]);
}

/** Resolves when the host's addresses or resolvers change, or on the signal. */
export async function networkChange(
  clock: Clock,
  signal: AbortSignal,
  picture = networkPicture,
): Promise<void> {
  const before = picture();
  while (!signal.aborted && picture() === before) await clock.sleep(LOOK_MS, signal);
  // Addresses, routes and resolvers appear one by one, and a network may flap.
  await clock.sleep(SETTLE_MS, signal);
}

/**
 * Resolves when the daemon's socket accepts connections again, or on the signal. A socket that accepted them
 * all along tells nothing new: then only the back-off decides.
 */
export async function daemonBack(
  clock: Clock,
  signal: AbortSignal,
  environment: Environment & { daemonHost?: string | undefined } = process,
): Promise<void> {
  // Only a call over ssh shows whether the daemon of another host listens.
  if (environment.daemonHost !== undefined) return aborted(signal);
  const addresses = daemonAddresses(environment);
  let wasAway = false;
  while (!signal.aborted) {
    const answers = await Promise.all(addresses.map(accepts));
    if (answers.includes(true) && wasAway) return;
    wasAway ||= !answers.includes(true);
    await clock.sleep(SOCKET_LOOK_MS, signal);
  }
}

async function accepts(address: Address): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(SOCKET_LOOK_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
