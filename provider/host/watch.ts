import { once } from "node:events";
import { connect } from "node:net";
import type { networkInterfaces } from "node:os";
import { aborted, type Clock } from "../core/operation/clock.ts";
import { type Environment, SERVER_VARIABLE } from "../driver/binary.ts";
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

/** An address for `net.connect`. */
type Address = { path: string } | { host: string; port: number };

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
