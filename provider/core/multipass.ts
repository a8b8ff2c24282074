import { availableParallelism } from "node:os";
import { findClient } from "../driver/binary.ts";
import { type Clock, systemClock } from "../driver/clock.ts";
import { SERVER_VARIABLE } from "../driver/daemon-address.ts";
import { type CallOptions, Driver, type InstalledVersion } from "../driver/driver.ts";
import { isMultipassError, MultipassError } from "../driver/errors.ts";
import { changes } from "../driver/run.ts";
import { coresOf } from "../driver/transport/remote-read.ts";
import { SshHost } from "../driver/transport/ssh.ts";
import { capabilities, isSupported, OLDEST_SUPPORTED } from "../driver/version.ts";
import { type Computer, thisComputer, withDaemonOn } from "../host/computer.ts";
import { Catalogue, IMAGE_SERVER_VARIABLE, imageServers } from "../images/catalogue.ts";
import { FetchGuard } from "../images/fetch-guard.ts";
import type { Daemon, Multipass } from "./context.ts";
import { clientOn, type HostInput, identityOf, nameOf } from "./host.ts";
import { Arrivals } from "./instance/arrivals.ts";
import { Intents } from "./ledger/intents.ts";
import { type JournalHost, Ledger } from "./ledger/ledger.ts";
import { Gate } from "./operation/gate.ts";
import { LaunchSlots, slotsFor } from "./operation/launch-slots.ts";
import { Locks } from "./operation/lock.ts";
import { Roster } from "./roster.ts";

/** The client on another host, which is found through the host's PATH. */
const CLIENT = "multipass";

/** The only place where a Multipass is kept: one per client and daemon address. */
const shared = new Map<string, Multipass>();

/**
 * What the operations on one Multipass share, created on first use.
 *
 * @param serverAddress the address of its daemon; default: the environment's
 * @param host the host that runs it; default: this computer
 * @throws MultipassError of kind `client-missing`
 */
export function multipassOf(
  multipassPath: string | undefined,
  serverAddress?: string,
  host?: HostInput,
): Multipass {
  const client = host !== undefined ? (clientOn(host) ?? CLIENT) : findClient(multipassPath);
  const names = host === undefined ? undefined : ([nameOf(host), identityOf(host)] as const);
  // One connection for each host, whatever client is used there.
  const ssh = names && kept(sshHosts, names, () => new SshHost(...names));
  // The client's own variable names the same daemon as the argument does.
  const address = serverAddress ?? (ssh ? undefined : process.env[SERVER_VARIABLE]);
  return kept(shared, [client, address, ...(names ?? [])], () => {
    // Another host gets the limits of a small one until its number of cores is known.
    const daemon = ssh && kept(daemons, [serverAddress, ssh.identity], () => newDaemon(1));
    return newMultipass(client, systemClock, thisComputer, serverAddress, ssh, daemon);
  });
}

/** The value of a key, made when it is first asked for. */
function kept<V>(all: Map<string, V>, key: readonly unknown[], make: () => V): V {
  const text = JSON.stringify(key);
  const value = all.get(text) ?? make();
  all.set(text, value);
  return value;
}

const daemons = new Map<string, Daemon>();

const newDaemon = (cores: number): Daemon => ({
  gates: { direct: new Gate(), list: new Gate(), local: new Gate() },
  remediesDone: new Set(),
  launches: new LaunchSlots(...slotsFor(cores)),
  inState: new Set(),
  createdHere: new Set(),
  creating: new Map(),
  arrivals: new Arrivals(),
  holdings: new Map(),
  locks: new Locks(),
});

/** Forgets everything kept, because another run of Pulumi begins in this process. */
export function beginWithNothing(): void {
  shared.clear();
  daemons.clear();
}

const sshHosts = new Map<string, SshHost>();

/** How the ledger names a host. */
function recordOf({ destination, identity }: SshHost, client: string): JournalHost {
  return {
    ssh: destination,
    ...(client !== CLIENT && { multipassPath: client }),
    ...(identity !== destination && { sameAs: identity }),
  };
}

/** What the operations on one Multipass share, with a clock of its own. */
export function newMultipass(
  client: string,
  clock: Clock,
  computer: Computer = thisComputer,
  serverAddress?: string,
  host?: SshHost,
  daemon: Daemon = newDaemon(host ? 1 : availableParallelism()),
): Multipass {
  const variables = serverAddress === undefined ? undefined : { [SERVER_VARIABLE]: serverAddress };
  const there = host ? withDaemonOn(host, computer) : computer;
  const addressed = variables ? { ...there, env: { ...there.env, ...variables } } : there;
  const driver = new Driver(client, variables, host);
  const ledger = Ledger.of(client, addressed, undefined, host && recordOf(host, client));
  const version = untilItFails((options) => driver.version(options).then(supported));
  return {
    ...daemon,
    computer: there,
    driver,
    roster: new Roster(driver),
    ledger,
    intents: new Intents(ledger.folder),
    guard: new FetchGuard(addressed, clock),
    announced: new Set(),
    examinations: new Map(),
    catalogue: catalogues(addressed.env, clock),
    measured: untilItFails(async (options) => {
      if (host) daemon.launches.resize(...slotsFor(await coresOf(host, options)));
    }),
    version,
    capabilities: async (options) => capabilities((await version(options)).client),
    mirror: untilItFails(
      (options) => mirrorOf(driver, options),
      () => changes("set", host),
    ),
  };
}

/** One catalogue for each choice of servers, made when it is first asked for. */
function catalogues(env: NodeJS.ProcessEnv, clock: Clock): Multipass["catalogue"] {
  const all = new Map<string, Catalogue>();
  return (servers = {}, mirror = undefined) => {
    const isPublic = Object.keys(servers).length === 0 && !mirror && !env[IMAGE_SERVER_VARIABLE];
    const make = () => new Catalogue(imageServers(servers, env, mirror), clock, isPublic);
    return kept(all, [servers, mirror], make);
  };
}

async function mirrorOf(driver: Driver, options?: CallOptions): Promise<string | undefined> {
  try {
    return (await driver.get("local.image.mirror", options)) || undefined;
  } catch (error) {
    // A version without this setting has no mirror. Any other failure leaves it open.
    if (isMultipassError(error, "invalid-argument", "not-supported")) return undefined;
    throw error;
  }
}

/** Asks once, and again after a failure. @param era changes when the answer may be out of date */
function untilItFails<T>(
  ask: (options?: CallOptions) => Promise<T>,
  era: () => number = () => 0,
): (options?: CallOptions) => Promise<T> {
  let known: { answer: Promise<T>; era: number } | undefined;
  return (options) => {
    if (known?.era === era()) return known.answer;
    const question = { answer: ask(options), era: era() };
    known = question;
    question.answer.catch(() => {
      if (known === question) known = undefined;
    });
    return question.answer;
  };
}

/** @throws MultipassError of kind `not-supported` if Multipass is older than this package supports */
function supported(version: InstalledVersion): InstalledVersion {
  if (isSupported(version.client)) return version;
  throw new MultipassError(`Unable to work with Multipass ${version.client.text}`, {
    kind: "not-supported",
    details: `this package needs Multipass ${OLDEST_SUPPORTED} or newer`,
    remedy: "Install a newer one: https://canonical.com/multipass/install",
  });
}
