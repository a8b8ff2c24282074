import { hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { packTar } from "modern-tar";
import { Asset, readHostFile, UnreadablePath } from "../asset.ts";
import { hostPath } from "../check.ts";
import type { FileInputs } from "./model.ts";

export function sha256(content: Uint8Array | string): string {
  return hash("sha256", content);
}

/** The bytes of a path or an asset. @throws Error whose message says what is wrong with it */
export function readSource(source: unknown): Uint8Array {
  if (typeof source === "string") return readHostFile(source);
  if (source instanceof Asset) return source.read();
  throw new Error("must be the path of a file, or a Pulumi asset");
}

/** Every file below a folder of the host, sorted by path. Links are followed. */
export function readFolder(folder: string): TarEntry[] {
  const entries: TarEntry[] = [];
  const walk = (relative: string) => {
    for (const name of readdirSync(join(hostPath(folder), relative)).sort()) {
      const path = relative === "" ? name : `${relative}/${name}`;
      if (path.includes("\n")) throw new Error("names a folder with a file whose name has a line break");
      const stat = statSync(join(hostPath(folder), path));
      if (stat.isDirectory()) walk(path);
      else if (stat.isFile()) {
        const content = readFileSync(join(hostPath(folder), path));
        // Only the executable bit belongs to the file; the rest comes from somebody's umask.
        entries.push({ path, mode: stat.mode & 0o111 ? 0o755 : 0o644, content });
      }
    }
  };
  try {
    walk("");
  } catch (error) {
    const { code, path = hostPath(folder) } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new UnreadablePath("folder", path, { code });
  }
  return entries;
}

/** Digest of each file, by path. */
export function manifestOf(entries: readonly TarEntry[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ path, content }) => [path, sha256(content)]));
}

/** One digest for a whole folder: its files' paths, modes and contents. */
export function folderHash(entries: readonly TarEntry[]): string {
  return sha256(
    entries.map(({ path, mode, content }) => `${mode.toString(8)} ${sha256(content)} ${path}\n`).join(""),
  );
}

/** The digest that the content should have. */
export function wantedHash(inputs: FileInputs): string | undefined {
  return inputs.content === undefined ? inputs.sourceHash : sha256(inputs.content);
}

/** One file of an archive. */
export interface TarEntry {
  /** Relative, with slashes. */
  path: string;
  mode: number;
  content: Uint8Array;
}

/** An archive that every `tar` can read. Equal files give equal bytes: no owners, no times. */
export function tar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return packTar(
    entries.map(({ path, mode, content }) => ({
      header: { name: path, size: content.length, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" },
      body: content,
    })),
  );
}
