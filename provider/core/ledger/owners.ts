/** Milliseconds for which one look at the journal is reused. */
const LOOK_MS = 2_000;

interface Owned {
  owner: string;
  name: string;
}

/**
 * The names that each resource has entries of. One look at the journal serves many resources in a row: a look
 * for each would grow with the square of the instances.
 */
export class Owners {
  readonly #look: () => Promise<readonly Owned[]>;
  #last: { at: number; names: Promise<Map<string, Set<string>>> } | undefined;

  /** @param look reads all entries */
  constructor(look: () => Promise<readonly Owned[]>) {
    this.#look = look;
  }

  /** Names of a resource's entries. May lack entries that another process has just made. */
  async namesOf(owner: string): Promise<string[]> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at > LOOK_MS) this.#last = { at: now, names: this.#all() };
    return [...((await this.#last.names).get(owner) ?? [])];
  }

  /** This process has written an entry. */
  async note(entry: Owned): Promise<void> {
    if (this.#last) add(await this.#last.names, entry);
  }

  async #all(): Promise<Map<string, Set<string>>> {
    const names = new Map<string, Set<string>>();
    for (const entry of await this.#look()) add(names, entry);
    return names;
  }
}

function add(names: Map<string, Set<string>>, { owner, name }: Owned): void {
  names.set(owner, (names.get(owner) ?? new Set()).add(name));
}
