import type { Multipass } from "../../core/context.ts";
import { type Entry, hostsInJournals, standingOf } from "../../core/ledger/ledger.ts";
import { multipassOf } from "../../core/multipass.ts";
import { hostAddress } from "../../driver/addresses.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { launchesOf } from "../../driver/launches.ts";
import type { ListedInstance } from "../../driver/schema.ts";

/**
 * How an instance stands.
 * - `fine`: it exists, and its create has finished
 * - `creating`: its launch runs
 * - `unfinished`: its create has not finished
 * - `deleted`: somebody deleted it, and it can be recovered
 * - `gone`: Multipass no longer has it
 * - `orphaned`: the state of its stack does not hold it
 * - `unknown`: its Multipass does not answer
 */
export type Condition = "fine" | "creating" | "unfinished" | "deleted" | "gone" | "orphaned" | "unknown";

/** An instance that a stack of this user owns, according to the ledger. */
export interface Owned {
  name: string;
  /** The host that runs Multipass, as ssh knows it; undefined for this computer. */
  host: string | undefined;
  /** Multipass's own term; undefined if Multipass does not have the instance. */
  state: string | undefined;
  address: string | undefined;
  /** The resource's URN. */
  owner: string;
  project: string;
  stack: string;
  /** Pulumi's logical name. */
  resource: string;
  /** When its create began or finished. ISO 8601. */
  since: string;
  condition: Condition;
}

/** Milliseconds for which an instance that is not listed may still appear: its create may be under way. */
const MAY_APPEAR_MS = 3_600_000;

/** Milliseconds for the answer of another host. One that is down holds up only its own rows. */
const HOST_MS = 30_000;

/** One Multipass, and what the ledger says of it. */
export interface Source {
  /** Undefined for this computer. */
  host: string | undefined;
  multipass: Multipass;
  entries: ReadonlyMap<string, Entry>;
}

export interface Overview extends Source {
  owned: Owned[];
  /** Instances that no stack of this user owns. */
  others: ListedInstance[];
  /** Why the daemon did not answer. */
  failure?: Error | undefined;
}

/**
 * This computer's Multipass, and those of all hosts that the ledger names.
 *
 * @param multipassPath the client on this computer
 * @throws MultipassError if no client is here, and the ledger names no host
 */
export async function sourcesOf(multipassPath: string | undefined): Promise<Source[]> {
  const hosts = await hostsInJournals();
  const all: [host: string | undefined, Multipass][] = hosts.map((host) => [
    host.ssh,
    multipassOf(undefined, undefined, host),
  ]);
  try {
    all.unshift([undefined, multipassOf(multipassPath)]);
  } catch (error) {
    if (hosts.length === 0 || multipassPath !== undefined || !isMultipassError(error, "client-missing"))
      throw error;
  }
  return Promise.all(
    all.map(async ([host, multipass]) => {
      const entries = await multipass.ledger.entries();
      return { host, multipass, entries: new Map(entries.map((entry) => [entry.name, entry])) };
    }),
  );
}

/** Reads the ledger, then asks each daemon once. @throws MultipassError if the only one does not answer */
export async function overviewsOf(
  multipassPath: string | undefined,
  { stack, signal }: { stack?: string | undefined; signal: AbortSignal },
): Promise<Overview[]> {
  const sources = await sourcesOf(multipassPath);
  const overviews = await Promise.all(
    sources.map((source) =>
      overviewOf(source, signal).catch((failure): Overview => {
        if (sources.length === 1 && source.host === undefined) throw failure;
        const owned = [...source.entries.values()].map((entry) =>
          ownedBy(source, entry, undefined, "unknown"),
        );
        return { ...source, owned, others: [], failure };
      }),
    ),
  );
  for (const overview of overviews)
    overview.owned = overview.owned
      .filter((one) => stack === undefined || isOfStack(one, stack))
      .sort(byStack);
  return overviews;
}

async function overviewOf(source: Source, signal: AbortSignal): Promise<Overview> {
  const { entries, multipass, host } = source;
  // Asks after reading the ledger. An instance made in between counts as somebody else's, never as gone.
  const listed = await multipass.driver.list({
    addresses: true,
    signal,
    ...(host !== undefined && { timeoutMs: HOST_MS }),
  });
  const found = new Map(listed.map((instance) => [instance.name, instance]));
  const owned = await Promise.all(
    [...entries.values()].map(async (entry) => {
      const instance = found.get(entry.name);
      return ownedBy(source, entry, instance, await conditionOf(source, entry, instance));
    }),
  );
  return { ...source, owned, others: listed.filter(({ name }) => !entries.has(name)) };
}

function ownedBy(
  { host }: Source,
  entry: Entry,
  instance: ListedInstance | undefined,
  condition: Condition,
): Owned {
  const [head = "", project = "", , ...rest] = entry.owner.split("::");
  return {
    name: entry.name,
    host,
    state: instance?.state,
    address: instance && hostAddress(instance.ipv4),
    owner: entry.owner,
    project,
    stack: head.replace(/^urn:pulumi:/, ""),
    resource: rest.join("::"),
    since: entry.since,
    condition,
  };
}

async function conditionOf(
  { multipass }: Source,
  entry: Entry,
  instance: ListedInstance | undefined,
): Promise<Condition> {
  const standing = standingOf(entry, { owner: entry.owner });
  const isBegun = standing === "begun";
  if (isBegun && entry.launch) {
    const view = await launchesOf(multipass.driver)
      .look(entry.launch)
      .catch(() => undefined);
    if (view?.state === "running") return "creating";
  }
  if (instance?.state === "Deleted") return "deleted";
  if (instance) return isBegun || standing === "made" ? "unfinished" : "fine";
  const mayAppear = isBegun && Date.now() - Date.parse(entry.since) < MAY_APPEAR_MS;
  return mayAppear ? "unfinished" : "gone";
}

/** @param given `stack`, `project/stack` or `organization/project/stack` */
function isOfStack({ project, stack }: Owned, given: string): boolean {
  const [name, inProject] = given.split("/").reverse();
  return stack === name && (inProject === undefined || project === inProject);
}

function byStack(a: Owned, b: Owned): number {
  return a.project.localeCompare(b.project) || a.stack.localeCompare(b.stack) || a.name.localeCompare(b.name);
}
