import { packTar } from "modern-tar";

/** One file of an archive. */
export interface TarEntry {
  /** Relative, with slashes. */
  path: string;
  mode: number;
  content: Uint8Array;
}

/**
 * An archive that every `tar` can read. Leaves out owners and times, so that the same files give the same
 * bytes.
 */
export function tar(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return packTar(
    entries.map(({ path, mode, content }) => ({
      header: { name: path, size: content.length, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" },
      body: content,
    })),
  );
}
