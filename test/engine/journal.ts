import type { ResourceState, StateStore } from "./state.ts";

/**
 * The state during a deployment: what this run has settled, then what it has not reached yet. A resource is
 * settled only after its dependencies, so dependencies always precede their dependents.
 */
export class Journal {
  readonly olds: ResourceState[];
  /** Operations under way now, and creates that were under way when an engine was killed. */
  readonly pending: { op: string; urn: string }[];
  /** All operations that were under way when an engine was killed. */
  readonly interrupted: readonly { op: string; urn: string }[];
  readonly #store: StateStore;
  readonly #persistent: boolean;
  readonly #settled: ResourceState[] = [];
  readonly #gone = new Set<ResourceState>();
  readonly #renamed = new Map<string, string>();

  constructor(store: StateStore, persistent: boolean) {
    this.#store = store;
    this.#persistent = persistent;
    this.olds = store.resources;
    // An interrupted create may have left something unknown; other operations show in the state.
    this.pending = store.pendingOperations.filter(({ op }) => op.startsWith("create"));
    this.interrupted = store.pendingOperations;
  }

  get resources(): ResourceState[] {
    return [...this.#settled, ...this.olds.filter((old) => !this.#gone.has(old))];
  }

  /** Records an operation before it starts. The returned function removes the record and saves. */
  begin(op: string, urn: string): () => void {
    const note = { op, urn };
    this.pending.push(note);
    this.save();
    return () => {
      this.pending.splice(this.pending.indexOf(note), 1);
      this.save();
    };
  }

  settle(state: ResourceState, replaces?: ResourceState): void {
    if (!this.#settled.includes(state)) this.#settled.push(state);
    if (replaces !== undefined) this.#gone.add(replaces);
  }

  remove(state: ResourceState): void {
    this.#gone.add(state);
    const index = this.#settled.indexOf(state);
    if (index >= 0) this.#settled.splice(index, 1);
  }

  /** Replaces a resource by what was read back, and keeps the order. */
  exchange(old: ResourceState, fresh: ResourceState): void {
    this.olds.splice(this.olds.indexOf(old), 1, fresh);
  }

  /** Updates references to a resource found by an alias. */
  rename(from: string, to: string): void {
    this.#renamed.set(from, to);
  }

  /** Removes resources that no longer exist, and references to them. */
  forget(gone: ResourceState[]): void {
    const urns = new Set(gone.map((state) => state.urn));
    for (const state of gone) this.remove(state);
    for (const state of this.resources) {
      state.dependencies = state.dependencies.filter((urn) => !urns.has(urn));
      for (const [key, of] of Object.entries(state.propertyDependencies)) {
        state.propertyDependencies[key] = of.filter((urn) => !urns.has(urn));
      }
      if (urns.has(state.parent)) state.parent = "";
    }
  }

  forgetInterrupted(): void {
    this.pending.length = 0;
  }

  save(): void {
    if (!this.#persistent) return;
    this.#store.save(
      this.resources.map((state) => this.#follow(state)),
      this.pending,
    );
  }

  #follow(state: ResourceState): ResourceState {
    if (this.#renamed.size === 0) return state;
    const now = (urn: string) => this.#renamed.get(urn) ?? urn;
    return {
      ...state,
      parent: now(state.parent),
      deletedWith: now(state.deletedWith),
      dependencies: state.dependencies.map(now),
      propertyDependencies: Object.fromEntries(
        Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(now)]),
      ),
    };
  }
}
