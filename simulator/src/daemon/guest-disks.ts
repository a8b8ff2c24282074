import type { SimulatedClock } from "../clock.ts";
import { GuestFileSystem } from "../guest/file-system.ts";
import type { WorldStore } from "../world-store.ts";

/** The files of instances and snapshots. A snapshot's disk is named `INSTANCE.SNAPSHOT`. */
export class GuestDisks {
  readonly #store: WorldStore;
  readonly #clock: SimulatedClock;
  readonly #loaded = new Map<string, GuestFileSystem>();

  constructor(store: WorldStore, clock: SimulatedClock) {
    this.#store = store;
    this.#clock = clock;
  }

  #instance(name: string) {
    const { instances } = this.#store.world;
    return Object.hasOwn(instances, name) ? instances[name] : undefined;
  }

  files(name: string): GuestFileSystem {
    let files = this.#loaded.get(name);
    if (!files) {
      const saved = this.#store.loadGuest(name);
      const mounts = () => {
        const live = Object.entries(this.#instance(name)?.mounts ?? {}).filter(([, { dead }]) => !dead);
        return Object.fromEntries(live.map(([path, { source }]) => [path, source]));
      };
      files = new GuestFileSystem(saved === undefined ? {} : JSON.parse(saved), mounts, () =>
        this.#clock.date().getTime(),
      );
      this.#loaded.set(name, files);
    }
    return files;
  }

  save(name: string): void {
    // A process still running in a purged instance must not bring its files back.
    if (!this.#instance(name)) return;
    const files = this.files(name);
    if (files.dirty) this.#store.saveGuest(name, files.serialize());
  }

  saveAll(): void {
    for (const name of this.#loaded.keys()) this.save(name);
  }

  /** Drops unsaved changes, as when the daemon and its virtual machines are killed. */
  dropUnsaved(): void {
    this.#loaded.clear();
  }

  copy(from: string, to: string): void {
    this.#loaded.delete(to);
    this.#store.saveGuest(to, this.files(from).serialize());
  }

  move(from: string, to: string): void {
    this.copy(from, to);
    this.remove(from);
  }

  remove(name: string): void {
    this.#loaded.delete(name);
    this.#store.removeGuest(name);
  }
}
