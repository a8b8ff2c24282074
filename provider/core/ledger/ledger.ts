import type { Journal } from "./journal.ts";
import { type Entry, type Event, recordAfter, type Standing, standingOf } from "./transitions.ts";

/** A resource, by its URN, and the create by whose state Pulumi goes on, if it does. */
export interface Asker {
  owner: string;
  creation?: string | undefined;
}

/** A launch or a clone that is under way, from its record to what is known of its end. */
export interface Begun {
  entry: Entry;
  /** What was recorded before, which stands again should this come to nothing. */
  before: Entry | undefined;
}

/** What of a create has to be recorded. */
interface Made {
  owner: string;
  name: string;
  fingerprint: string;
}

/**
 * Milliseconds for which a finished create counts as one that Pulumi may not have heard of. Between its end and Pulumi's own record lie
 * milliseconds, but nothing tells a resource that was cut off there from one that `up --replace` makes anew, of which Pulumi shows no old
 * argument, either. For that time nothing is lost, at the price of a `--replace` that asks for a refresh first.
 */
const UNHEARD_MS = 3_600_000;

/**
 * Whose each instance is, across processes that can be killed at any moment. Every change goes through one table of transitions; see
 * `transitions.ts` for what can happen.
 */
export class Ledger {
  readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  entryOf(name: string): Promise<Entry | undefined> {
    return this.journal.read(name);
  }

  async standingOf(name: string, asker: Asker): Promise<Standing> {
    return standingOf(await this.entryOf(name), asker);
  }

  /**
   * Records whose an instance is going to be, before anything is made.
   *
   * @returns undefined where another process was faster by a moment
   */
  async begin(made: Made & { direct?: Entry["direct"] }): Promise<Begun | undefined> {
    const before = await this.entryOf(made.name);
    const entry = recordAfter(before, { is: "begun", ...made, since: now() }) as Entry;
    if (before) await this.journal.write(entry);
    else if (!(await this.journal.begin(entry))) return undefined;
    return { entry, before };
  }

  /** A launch that an earlier process has begun. */
  resume(entry: Entry): Begun {
    const { launch: _, ...recorded } = entry;
    return { entry, before: entry.earlier ? recorded : undefined };
  }

  async dispatched({ entry, before }: Begun, launch: NonNullable<Entry["launch"]>): Promise<Begun> {
    return { entry: await this.#write(entry, { is: "dispatched", launch }), before };
  }

  /** Also where a launch has failed after the instance was made. */
  async made({ entry }: Begun): Promise<void> {
    await this.#write(entry, { is: "made" });
    await this.journal.forgetLeftover(entry.name);
    await this.journal.forgetOutput(entry.name);
  }

  /** It has made nothing and will make nothing: whatever appears under the name from now on is not its work. */
  async cameToNothing({ entry: { name }, before }: Begun): Promise<void> {
    if (!before) return this.forget(name);
    await this.journal.write(before);
    await this.journal.forgetOutput(name, before.launch?.folder);
  }

  finished(made: Made & { creation?: string | undefined; acknowledged: boolean }): Promise<void> {
    return this.#happen(made.name, { is: "finished", ...made, since: now() });
  }

  cameUpon(name: string, owner: string, creation: string | undefined): Promise<void> {
    return this.#happen(name, { is: "cameUpon", owner, creation });
  }

  acknowledge(name: string, owner: string, creation?: string): Promise<void> {
    return this.#happen(name, { is: "acknowledged", owner, creation });
  }

  hold(name: string, { owner, creation }: Asker, wasSeen: boolean): Promise<void> {
    return this.#happen(name, { is: "held", owner, creation, wasSeen });
  }

  async passOn(name: string, from: string, to: string): Promise<void> {
    if (from !== to) await this.#happen(name, { is: "passedOn", from, to });
  }

  /** The instance is gone, or never came to be: whoever makes one of its name from now on is another. */
  forget(name: string): Promise<void> {
    return this.journal.remove(name);
  }

  /**
   * The automatic name that an interrupted create of a resource was given. Pulumi has forgotten it with the create; with another name the first
   * instance would be lost.
   *
   * @param inState names of instances that Pulumi's state holds: one of these is being replaced, and keeps its name to itself
   */
  async recall(owner: string, inState: ReadonlySet<string> = new Set()): Promise<string | undefined> {
    const isOver = ({ known, phase, since }: Entry) =>
      known || (phase === "created" && Date.now() - Date.parse(since) > UNHEARD_MS);
    const open = (await this.journal.ofOwner(owner)).filter(
      (entry) => !isOver(entry) && !inState.has(entry.name),
    );
    return open.sort((a, b) => (a.since < b.since ? 1 : -1))[0]?.name;
  }

  async #happen(name: string, event: Event): Promise<void> {
    await this.#write(await this.entryOf(name), event);
  }

  async #write<E extends Entry | undefined>(before: E, event: Event): Promise<E> {
    const next = recordAfter(before, event);
    if (next && next !== before) await this.journal.write(next);
    return next as E;
  }
}

const now = () => new Date().toISOString();
