import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { MultipassError } from "../driver/errors.ts";
import { open, shownUrl } from "./http.ts";
import type { ResolvedImage } from "./image.ts";
import { partOf } from "./part.ts";

/** Folder of downloaded images. A daemon in a snap can read it, because it is not hidden. */
export function imageFolder(): string {
  return join(homedir(), "pulumi-multipass-images");
}

export interface DownloadOptions {
  folder: string;
  signal?: AbortSignal | undefined;
  /** Receives the percentage downloaded so far, 0 to 100. */
  onProgress?: (percent: number) => void;
}

/** Downloads under way, by file. Every Multipass of this process shares the folder. */
const underWay = new Map<string, Promise<string>>();

/**
 * Downloads an image and checks its hash. A complete file is checked and reused; a partial one is completed.
 *
 * @returns the path of the file
 * @throws MultipassError `download-failed` (transient; what has arrived is kept), `image-hash-mismatch`
 */
export function downloadImage(image: ResolvedImage, options: DownloadOptions): Promise<string> {
  const file = join(options.folder, `${image.sha256.slice(0, 12)}-${basename(new URL(image.url).pathname)}`);
  // Instances of the same image share one download.
  let download = underWay.get(file);
  if (!download) {
    download = bring(image, file, options).finally(() => underWay.delete(file));
    underWay.set(file, download);
  }
  return download;
}

async function bring(image: ResolvedImage, file: string, options: DownloadOptions): Promise<string> {
  await mkdir(options.folder, { recursive: true });
  let actual: string;
  try {
    if (await isWhole(file, image)) return file;
    const part = await partOf(file);
    await append(image, part, options);
    actual = await digest(part);
    if (actual === image.sha256) {
      // The daemon runs as another user and must be able to read it.
      await rename(part, file);
      return file;
    }
    await rm(part, { force: true });
  } catch (cause) {
    throw new MultipassError(`Unable to download ${shownUrl(image.url)}`, {
      kind: "download-failed",
      transient: true,
      details: (cause as Error).message,
      remedy: "Check the host's network. What has arrived is kept; the next try continues from there.",
      cause,
    });
  }
  throw new MultipassError(`Unable to use ${shownUrl(image.url)}`, {
    kind: "image-hash-mismatch",
    transient: true,
    details: `its SHA-256 is ${actual}, and the server's list says ${image.sha256}`,
    remedy: "A proxy may have delivered an old file. The next try starts over.",
  });
}

async function isWhole(file: string, { sha256 }: ResolvedImage): Promise<boolean> {
  return (await sizeOf(file)) > 0 && (await digest(file)) === sha256;
}

/** Completes a partial download, or starts one. */
async function append(
  image: ResolvedImage,
  part: string,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  let offset = await sizeOf(part);
  if (image.size > 0 && offset >= image.size) return;
  const response = await open(image.url, {
    signal,
    headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
  });
  if (response.statusCode === 200) offset = 0;
  else if (response.statusCode !== 206) {
    response.destroy();
    throw new Error(`the server answered with status ${response.statusCode}`);
  }
  let received = offset;
  let shown = -1;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
    const percent = image.size > 0 ? Math.floor((received / image.size) * 100) : 0;
    if (percent !== shown) onProgress?.(percent);
    shown = percent;
    // More data than announced is not the image and would only fill the disk.
    if (image.size > 0 && received > image.size)
      response.destroy(
        new Error(`the server sends more than the ${image.size} bytes that its list announces`),
      );
  });
  await pipeline(response, createWriteStream(part, { flags: offset > 0 ? "a" : "w", mode: 0o644 }));
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => ({ size: 0 }))).size;
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
