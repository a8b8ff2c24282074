import { packTar } from "modern-tar";

/** One file of an archive. */
export interface TarEntry {
  /** Relative, with slashes. */
  path: string;
  mode: number;
  content: Uint8Array;
}

/** An archive in the format that every `tar` reads. The same files make the same bytes: whose they were, and from when, is left out. */
export function tar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return packTar(
    entries.map(({ path, mode, content }) => ({
      header: { name: path, size: content.length, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" },
      body: content,
    })),
  );
}
