import { readFileSync } from "node:fs";
import { type CheckFailure, hostPath } from "./check.ts";

/** How Pulumi marks an asset among plain values. Source: pulumi/pulumi `sdk/nodejs/runtime/rpc.ts`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";

/**
 * The bytes of a Pulumi asset; undefined of what is none.
 *
 * @throws Error whose message says what is wrong with it
 */
export function readAsset(value: object): Buffer | undefined {
  const asset = value as { [SIGNATURE]?: string; path?: string; text?: string };
  if (asset[SIGNATURE] !== ASSET) return undefined;
  if (asset.text !== undefined) return Buffer.from(asset.text);
  if (asset.path !== undefined) return readHostFile(asset.path);
  throw new Error("must be a FileAsset or a StringAsset if it is an asset");
}

/** @throws UnreadablePath */
export function readHostFile(path: string): Buffer {
  try {
    return readFileSync(hostPath(path));
  } catch (error) {
    throw new UnreadablePath("file", hostPath(path), error as NodeJS.ErrnoException);
  }
}

/** A path of this computer that does not lead to what it should. The message shows it, and `reason` does not. */
export class UnreadablePath extends Error {
  readonly reason: string;
  readonly isMissing: boolean;

  constructor(what: "file" | "folder", path: string, { code }: { code?: string }) {
    const isMissing = code === "ENOENT";
    const isOther = code === "EISDIR" || code === "ENOTDIR";
    const reason = isOther
      ? `does not name a ${what}`
      : `names a ${what} that ${isMissing ? "does not exist" : `cannot be read (${code})`}`;
    super(`${reason}: ${path}`);
    this.reason = reason;
    this.isMissing = isMissing;
  }
}

/** What is wrong with an argument that cannot be read. */
export function unreadable(property: string, error: unknown): CheckFailure {
  const { message } = error as Error;
  if (error instanceof UnreadablePath) {
    const { reason, isMissing } = error;
    return { property, reason: message, isMissing, ifSecret: { property, reason } };
  }
  // An error of a library repeats what it could not read. Only plain ones are ours.
  return { property, reason: (error as Error).constructor === Error ? message : "cannot be read" };
}
