import { Journal, type JournalEntry } from "./journal.ts";
import {
  type Asker,
  type Entry,
  type Event,
  type Launch,
  type Made,
  recordAfter,
  type Standing,
  standingOf,
  wholeOf,
} from "./transitions.ts";

/** A launch or a clone in progress, from its record until its end is known. */
export interface Begun {
  entry: Entry;
  /** The earlier record, which is restored if this comes to nothing. */
  before: Entry | undefined;
}

/** A launch that runs in its own process, or has run there. */
export interface Dispatched extends Begun {
  entry: Entry & { launch: Launch };
}

/**
 * Milliseconds after a create in which Pulumi may not have recorded it, because the run was cut off. The next
 * create then looks like one of `up --replace`. So within this time the instance is kept. A real `--replace`
 * has to begin with a refresh.
 */
const UNHEARD_MS = 3_600_000;

export { hostsInJournals, type JournalHost } from "./journal.ts";
export type { Asker, Entry, Standing } from "./transitions.ts";
export { recordId, standingOf } from "./transitions.ts";

/** Who owns each instance, across killed processes. Changes go through the table in `transitions.ts`. */
export class Ledger {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The ledger of one Multipass. */
  static of(...place: ConstructorParameters<typeof Journal>): Ledger {
    return new Ledger(new Journal(...place));
  }

  /** Where its files are. */
  get folder(): string {
    return this.#journal.folder;
  }

  entryOf(name: string): Promise<Entry | undefined> {
    return this.#journal.read(name);
  }

  entries(): Promise<Entry[]> {
    return this.#journal.all();
  }

  /** The names of all instances recorded for this resource's stack. */
  namesOfStack(owner: string): Promise<string[]> {
    return this.#journal.namesOfStack(owner);
  }

  async standingOf(name: string, asker: Asker): Promise<Standing> {
    return standingOf(await this.entryOf(name), asker);
  }

  /** Records an owner before anything is made. @returns undefined if another process got there first */
  async begin(made: Made & { direct?: Entry["direct"] }): Promise<Begun | undefined> {
    const before = await this.entryOf(made.name);
    const entry = recordAfter(before, { is: "begun", ...made, since: now() }) as JournalEntry;
    if (before) await this.#journal.write(entry);
    else if (!(await this.#journal.begin(entry))) return undefined;
    return { entry, before };
  }

  /** The launch that a resource has dispatched, if nobody has recorded its end. */
  async openLaunch(name: string, owner: string): Promise<Dispatched | undefined> {
    const entry = await this.entryOf(name);
    if (standingOf(entry, { owner }) !== "begun" || !entry?.launch) return undefined;
    const { launch, ...recorded } = entry;
    return { entry: { ...recorded, launch }, before: entry.earlier ? recorded : undefined };
  }

  /** The record of a launch or clone of this name that another resource has begun. */
  async begunByOther(name: string, owner: string): Promise<Entry | undefined> {
    const entry = await this.entryOf(name);
    const isOther = entry !== undefined && entry.owner !== owner;
    return isOther && standingOf(entry, { owner: entry.owner }) === "begun" ? entry : undefined;
  }

  /** A new folder for the output of a launch. Removes all others but that of the last launch, which may run. */
  async newLaunchFolder({ entry: { name }, before }: Begun): Promise<string> {
    // Output that cannot be removed does no harm.
    await this.#journal.forgetOutput(name, before?.launch?.folder).catch(() => undefined);
    return this.#journal.newLaunchFolder(name);
  }

  async dispatched({ entry, before }: Begun, launch: Launch): Promise<Dispatched> {
    await this.#write(entry, { is: "dispatched", launch });
    return { entry: { ...entry, launch }, before };
  }

  /**
   * The daemon ended while it prepared the instance. It may keep the image and the user-data, and use them for
   * the next launch of that name.
   */
  async cutOff({ entry: { name, fingerprint } }: Begun): Promise<void> {
    await this.#journal.noteLeftover(name, fingerprint);
  }

  /** The fingerprint of a launch that was cut off, unless an instance of that name has been made since. */
  leftoverOf(name: string): Promise<string | undefined> {
    return this.#journal.leftover(name);
  }

  /** Also called for a launch that failed after the instance was made. */
  async made({ entry }: Begun): Promise<void> {
    await this.#write(entry, { is: "made" });
    await this.#journal.forgetLeftover(entry.name);
    await this.#journal.forgetOutput(entry.name);
  }

  /** The launch made nothing. An instance that appears under the name later is not its work. */
  async cameToNothing({ entry: { name }, before }: Begun): Promise<void> {
    if (!before) return this.forget(name);
    await this.#journal.write(wholeOf(before));
    await this.#journal.forgetOutput(name, before.launch?.folder);
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
    return this.#journal.remove(name);
  }

  /**
   * The automatic name of an interrupted create. Pulumi forgot it with the create, and a new name would
   * orphan the first instance.
   *
   * @param inState names of instances in Pulumi's state. One of these is being replaced, so its name must not
   *   be reused
   */
  async recall(owner: string, inState: ReadonlySet<string> = new Set()): Promise<string | undefined> {
    const isOver = ({ known, phase, since }: JournalEntry) =>
      known || (phase === "created" && Date.now() - Date.parse(since) > UNHEARD_MS);
    const open = (await this.#journal.ofOwner(owner)).filter(
      (entry) => !isOver(entry) && !inState.has(entry.name),
    );
    return open.sort((a, b) => (a.since < b.since ? 1 : -1))[0]?.name;
  }

  async #happen(name: string, event: Event): Promise<void> {
    await this.#write(await this.entryOf(name), event);
  }

  async #write(before: Entry | undefined, event: Event): Promise<void> {
    const next = recordAfter(before, event);
    if (next && next !== before) await this.#journal.write(next);
  }
}

const now = () => new Date().toISOString();
