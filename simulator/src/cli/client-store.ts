import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { WorldPaths } from "../paths.ts";
import { replaceFile } from "../world-store.ts";

export interface AliasDefinition {
  instance: string;
  command: string;
  "working-directory": "map" | "default";
}

export interface AliasContexts {
  "active-context": string;
  contexts: Record<string, Record<string, AliasDefinition>>;
}

/**
 * The settings and aliases that the real client keeps in the user's home. Here they are stored in the world's
 * folder.
 */
export class ClientStore {
  readonly #folder: string;

  constructor(paths: WorldPaths, home: string) {
    this.#folder = join(paths.clients, createHash("sha256").update(home).digest("hex").slice(0, 16));
  }

  #read<T>(file: string, otherwise: T): T {
    try {
      return JSON.parse(readFileSync(join(this.#folder, file), "utf8")) as T;
    } catch {
      return otherwise;
    }
  }

  #write(file: string, value: unknown): void {
    mkdirSync(this.#folder, { recursive: true });
    replaceFile(join(this.#folder, file), JSON.stringify(value, null, 1));
  }

  settings(): Record<string, string> {
    return { "client.primary-name": "primary", ...this.#read<Record<string, string>>("settings.json", {}) };
  }

  setSetting(key: string, value: string): void {
    this.#write("settings.json", { ...this.settings(), [key]: value });
  }

  primaryName(): string {
    return this.settings()["client.primary-name"] ?? "";
  }

  aliases(): AliasContexts {
    return this.#read("aliases.json", { "active-context": "default", contexts: { default: {} } });
  }

  saveAliases(aliases: AliasContexts): void {
    this.#write("aliases.json", aliases);
  }
}
