import type { Multipass } from "../../core/context.ts";
import type { Entry } from "../../core/ledger/transitions.ts";
import { hostAddress } from "../../driver/addresses.ts";
import { launchIsUnderWay } from "../../driver/launch-job.ts";
import type { ListedInstance } from "../../driver/schema.ts";

/**
 * How an instance stands.
 * - `fine`: it exists, and its create has finished
 * - `creating`: its launch runs
 * - `unfinished`: its create has not finished
 * - `deleted`: somebody deleted it, and it can be recovered
 * - `gone`: Multipass no longer has it
 * - `orphaned`: the state of its stack does not hold it
 */
export type Condition = "fine" | "creating" | "unfinished" | "deleted" | "gone" | "orphaned";

/** An instance that a stack of this user owns, according to the ledger. */
export interface Owned {
  name: string;
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

/** What the ledger and the daemon say. */
export interface Overview {
  owned: Owned[];
  /** Instances that no stack of this user owns. */
  others: ListedInstance[];
  entries: ReadonlyMap<string, Entry>;
}

/** Reads the ledger, then asks the daemon once. @throws MultipassError if the daemon does not answer */
export async function overviewOf(
  { ledger, driver }: Pick<Multipass, "ledger" | "driver">,
  { stack, signal }: { stack?: string | undefined; signal: AbortSignal },
): Promise<Overview> {
  // In this order: an instance that is made in between counts as somebody else's, never as gone.
  const entries = new Map((await ledger.entries()).map((entry) => [entry.name, entry]));
  const listed = await driver.list({ addresses: true, signal });
  const found = new Map(listed.map((instance) => [instance.name, instance]));
  const owned = [...entries.values()].map((entry) => ownedBy(entry, found.get(entry.name)));
  return {
    owned: owned.filter((one) => stack === undefined || isOfStack(one, stack)).sort(byStack),
    others: listed.filter(({ name }) => !entries.has(name)),
    entries,
  };
}

function ownedBy(entry: Entry, instance: ListedInstance | undefined): Owned {
  const [head = "", project = "", , ...rest] = entry.owner.split("::");
  return {
    name: entry.name,
    state: instance?.state,
    address: instance && hostAddress(instance.ipv4),
    owner: entry.owner,
    project,
    stack: head.replace(/^urn:pulumi:/, ""),
    resource: rest.join("::"),
    since: entry.since,
    condition: conditionOf(entry, instance),
  };
}

function conditionOf(entry: Entry, instance: ListedInstance | undefined): Condition {
  const { phase, launch, since } = entry;
  if (phase === "launching" && launch && launchIsUnderWay(launch)) return "creating";
  if (instance?.state === "Deleted") return "deleted";
  if (instance) return phase === "created" ? "fine" : "unfinished";
  const mayAppear = phase === "launching" && Date.now() - Date.parse(since) < MAY_APPEAR_MS;
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
