import { readFileSync } from "node:fs";
import { hostPath } from "./check.ts";
import type { CheckFailure } from "./description.ts";

/** Bytes that the program gives as an asset, instead of a file's path. */
export class Asset {
  readonly path: string | undefined;
  readonly text: string | undefined;

  constructor({ path, text }: { path?: string; text?: string }) {
    this.path = path;
    this.text = text;
  }

  /** The file on this computer that holds the bytes; undefined if the asset holds them itself. */
  get file(): string | undefined {
    return this.text === undefined && this.path !== undefined ? hostPath(this.path) : undefined;
  }

  /** @throws Error whose message says what is wrong with it */
  read(): Buffer {
    if (this.text !== undefined) return Buffer.from(this.text);
    const { file } = this;
    if (file === undefined) throw new Error("must be a FileAsset or a StringAsset if it is an asset");
    try {
      return readFileSync(file);
    } catch (error) {
      throw new UnreadablePath("file", file, error);
    }
  }
}

/** What an archive holds, by path. */
export type Contents = Readonly<Record<string, Asset | Archive>>;

/** Files that the program gives, or gets, as one archive. */
export class Archive {
  readonly path: string | undefined;
  readonly uri: string | undefined;
  readonly assets: Contents | undefined;

  constructor({ path, uri, assets }: { path?: string; uri?: string; assets?: Contents }) {
    this.path = path;
    this.uri = uri;
    this.assets = assets;
  }
}

/** A path that cannot be used. The message shows it; `reason` does not. */
export class UnfitPath extends Error {
  readonly reason: string;
  readonly isMissing: boolean = false;

  constructor(reason: string, path: string) {
    super(`${reason}: ${path}`);
    this.reason = reason;
  }
}

/** A path on this computer that is missing, unreadable or of the wrong kind. */
export class UnreadablePath extends UnfitPath {
  override readonly isMissing: boolean;

  constructor(what: "file" | "folder", path: string, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT";
    const isOther = code === "EISDIR" || code === "ENOTDIR";
    const reason = isOther
      ? `does not name a ${what}`
      : `names a ${what} that ${isMissing ? "does not exist" : `cannot be read (${code})`}`;
    super(reason, path);
    this.isMissing = isMissing;
  }
}

export function unreadable(property: string, error: unknown): CheckFailure {
  const { message } = error as Error;
  if (error instanceof UnfitPath) {
    const { reason, isMissing } = error;
    return { property, reason: message, isMissing, ifSecret: { property, reason } };
  }
  // Errors from libraries repeat what they could not read. Only plain errors are ours.
  return { property, reason: (error as Error).constructor === Error ? message : "cannot be read" };
}
