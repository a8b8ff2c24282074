import type { Journal } from "./journal.ts";
import {
  type Asker,
  type Entry,
  type Event,
  type Made,
  recordAfter,
  type Standing,
  standingOf,
} from "./transitions.ts";

/** A launch or a clone in progress, from its record until its end is known. */
export interface Begun {
  entry: Entry;
  /** The earlier record, which is restored if this comes to nothing. */
  before: Entry | undefined;
}

/**
 * Milliseconds for which Pulumi may not know a finished create, if it was cut off just before Pulumi recorded
 * it. The next create then looks like one of `up --replace`. So within this time an instance is kept, and a
 * real `--replace` has to begin with a refresh.
 */
const UNHEARD_MS = 3_600_000;

/** Who owns each instance, across killed processes. Changes go through the table in `transitions.ts`. */
export class Ledger {
  readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  entryOf(name: string): Promise<Entry | undefined> {
    return this.journal.read(name);
  }

  /** The records of all instances. */
  entries(): Promise<Entry[]> {
    return this.journal.all();
  }

  async standingOf(name: string, asker: Asker): Promise<Standing> {
    return standingOf(await this.entryOf(name), asker);
  }

  /** Records an owner before anything is made. @returns undefined if another process got there first */
  async begin(made: Made & { direct?: Entry["direct"] }): Promise<Begun | undefined> {
    const before = await this.entryOf(made.name);
    const entry = recordAfter(before, { is: "begun", ...made, since: now() }) as Entry;
    if (before) await this.journal.write(entry);
    else if (!(await this.journal.begin(entry))) return undefined;
    return { entry, before };
  }

  /** A launch that an earlier process began. */
  resume(entry: Entry): Begun {
    const { launch: _, ...recorded } = entry;
    return { entry, before: entry.earlier ? recorded : undefined };
  }

  async dispatched({ entry, before }: Begun, launch: NonNullable<Entry["launch"]>): Promise<Begun> {
    return { entry: await this.#write(entry, { is: "dispatched", launch }), before };
  }

  /** Also called for a launch that failed after the instance was made. */
  async made({ entry }: Begun): Promise<void> {
    await this.#write(entry, { is: "made" });
    await this.journal.forgetLeftover(entry.name);
    await this.journal.forgetOutput(entry.name);
  }

  /** The launch made nothing. An instance that appears under the name later is not its work. */
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

  /** @param from the id of the other resource's record, as the import has seen it */
  takeOver(name: string, { owner, creation }: Asker, from: string): Promise<void> {
    return this.#happen(name, { is: "imported", owner, creation, from });
  }

  async passOn(name: string, from: string, to: string): Promise<void> {
    if (from !== to) await this.#happen(name, { is: "passedOn", from, to });
  }

  /** The instance is gone, or never existed. Whoever makes one of its name from now on is unrelated. */
  forget(name: string): Promise<void> {
    return this.journal.remove(name);
  }

  /**
   * The automatic name of an interrupted create. Pulumi forgot it with the create, and a new name would
   * orphan the first instance.
   *
   * @param inState names of instances in Pulumi's state. One of these is being replaced, so its name must not
   *   be reused
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
