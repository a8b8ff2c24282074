import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { WorldPaths } from "./paths.ts";
import { type EndRecord, recordEnd } from "./recorded-calls.ts";
import type { World } from "./world.ts";

/** Replaces a file so that a process killed at any moment leaves the complete old or new content. */
export function replaceFile(path: string, content: string): void {
  // Must survive kills but not power failures: without fsync a save takes microseconds.
  writeFileAtomic.sync(path, content, { fsync: false });
}

/** The state on disk. One process writes it; anyone may read it at any time. */
export class WorldStore {
  readonly paths: WorldPaths;
  readonly world: World;
  #isClosed = false;

  constructor(paths: WorldPaths, world: World) {
    this.paths = paths;
    this.world = world;
  }

  /** From now on writes nothing: the folder may be removed while the host's last work ends. */
  close(): void {
    this.#isClosed = true;
  }

  save(): void {
    if (this.#isClosed) return;
    replaceFile(this.paths.world, JSON.stringify(this.world, null, 1));
  }

  guestFile(name: string): string {
    return join(this.paths.guests, `${name}.json`);
  }

  saveGuest(name: string, content: string): void {
    if (this.#isClosed) return;
    mkdirSync(this.paths.guests, { recursive: true });
    replaceFile(this.guestFile(name), content);
  }

  loadGuest(name: string): string | undefined {
    try {
      return readFileSync(this.guestFile(name), "utf8");
    } catch {
      return undefined;
    }
  }

  /** Appends the end of a client's call. */
  recordEnd(record: EndRecord): void {
    if (!this.#isClosed) recordEnd(this.paths.calls, record);
  }

  removeGuest(name: string): void {
    rmSync(this.guestFile(name), { force: true });
  }
}

export function readWorld(path: string): World | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as World;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
