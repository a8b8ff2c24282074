/**
 * The instances of one Multipass that are on their way to being ready. One call asks for the addresses of all
 * that arrive at about the same time, and it need not wait once nobody else is coming.
 */
export class Arrivals {
  readonly #coming = new Set<string>();
  #all = Promise.withResolvers<void>();

  expect(name: string): void {
    if (this.#coming.size === 0) this.#all = Promise.withResolvers();
    this.#coming.add(name);
  }

  /** Also called for an instance that will never be ready. */
  arrived(name: string): void {
    this.#coming.delete(name);
    if (this.#coming.size === 0) this.#all.resolve();
  }

  get count(): number {
    return this.#coming.size;
  }

  /** Resolves when every instance on its way has arrived. */
  get all(): Promise<void> {
    return this.#coming.size === 0 ? Promise.resolve() : this.#all.promise;
  }
}
