import { createReadStream, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { createTarDecoder } from "modern-tar";
import { Archive, Asset, UnfitPath, UnreadablePath } from "../asset.ts";
import { hostPath } from "../check.ts";
import type { FileInputs } from "./model.ts";

/** A file to copy, or a folder without any, whose path ends with a slash. */
export interface TreeFile {
  /** Relative, with slashes. */
  path: string;
  mode: number;
  size: number;
  /** Must be read before the next file is asked for. */
  content(): AsyncIterable<Uint8Array>;
}

/** Whether several files are to be copied into the folder `path`. */
export function isTree({ directory, source }: Pick<FileInputs, "directory" | "source">): boolean {
  return directory !== undefined || source instanceof Archive;
}

/**
 * The files to copy. Reads no more than a part of one at a time.
 *
 * @throws Error whose message says what is wrong with the argument
 */
export function filesOf({ directory, source }: FileInputs): AsyncIterable<TreeFile> {
  return source instanceof Archive ? inArchive(source) : inFolder(directory ?? "");
}

export async function* contentOf({ content, source }: FileInputs): AsyncIterable<Uint8Array> {
  if (content !== undefined) yield Buffer.from(content, "utf8");
  else if (typeof source === "string") yield* inFile(hostPath(source));
  else if (source instanceof Asset && source.file !== undefined) yield* inFile(source.file);
  else if (source instanceof Asset) yield source.read();
  else throw new Error("must be the path of a file, or a Pulumi asset or archive");
}

async function* inFile(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw new UnreadablePath("file", path, error);
  }
}

/** Only the executable bit belongs to a file; the rest comes from the umask of whoever checked it out. */
const modeOf = (mode: number) => (mode & 0o111 ? 0o755 : 0o644);

const emptyFolder = (path: string): TreeFile => ({
  path: `${path}/`,
  mode: 0o755,
  size: 0,
  content: async function* () {},
});

const fileAt = (path: string, place: string, { mode, size }: Stats): TreeFile => ({
  path,
  mode: modeOf(mode),
  size,
  content: () => inFile(place),
});

/** Every file below a folder of this computer, and every empty folder. Links are followed. */
async function* inFolder(folder: string): AsyncIterable<TreeFile> {
  const root = hostPath(folder);
  yield* below(root, "", []);
}

function* below(root: string, relative: string, above: readonly string[]): Iterable<TreeFile> {
  const folder = join(root, relative);
  const names = reading(folder, () => readdirSync(folder)).sort();
  const real = realpathSync(folder);
  if (above.includes(real)) throw new UnfitPath("has a link to a folder that contains it", folder);
  if (names.length === 0 && relative !== "") yield emptyFolder(relative);
  for (const name of names) {
    const path = relative === "" ? name : `${relative}/${name}`;
    const place = join(root, path);
    if (path.includes("\n")) throw new Error("names a folder with a file whose name has a line break");
    const stat = reading(place, () => statSync(place));
    if (stat.isDirectory()) yield* below(root, path, [...above, real]);
    else if (stat.isFile()) yield fileAt(path, place, stat);
  }
}

function reading<T>(place: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new UnreadablePath("folder", place, error);
  }
}

async function* inArchive({ path, uri, assets }: Archive): AsyncIterable<TreeFile> {
  if (assets) {
    for (const [name, part] of Object.entries(assets)) {
      const at = pathInArchive(name);
      if (part instanceof Asset) yield await fileOfAsset(at, part);
      else for await (const file of inArchive(part)) yield { ...file, path: posix.join(at, file.path) };
    }
  } else if (path !== undefined) {
    const place = hostPath(path);
    if (reading(place, () => statSync(place)).isDirectory()) yield* inFolder(place);
    else yield* inTar(place);
  } else
    throw new Error(
      `must be on this computer${uri === undefined ? "" : ": an archive by URL is not fetched"}`,
    );
}

async function fileOfAsset(path: string, asset: Asset): Promise<TreeFile> {
  const { file } = asset;
  // A special file, such as `/dev/null`, has no size.
  if (file !== undefined)
    return fileAt(
      path,
      file,
      reading(file, () => statSync(file)),
    );
  const bytes = asset.read();
  return {
    path,
    mode: 0o644,
    size: bytes.length,
    content: async function* () {
      yield bytes;
    },
  };
}

async function* inTar(place: string): AsyncIterable<TreeFile> {
  if (!/\.(?:tar|tgz|tar\.gz)$/i.test(place)) {
    throw new UnfitPath(
      "names an archive of another kind than .tar, .tgz and .tar.gz: unpack it, and give its folder",
      place,
    );
  }
  const bytes = createReadStream(place);
  const plain = /gz$/i.test(place) ? bytes.pipe(createGunzip()) : bytes;
  bytes.once("error", (error) => plain.destroy(error));
  const entries = Readable.toWeb(plain).pipeThrough(
    createTarDecoder({ strict: true }) as never,
  ) as AsyncIterable<{
    header: { name: string; type?: string; mode?: number; size: number };
    body: AsyncIterable<Uint8Array>;
  }>;
  const folders = new Set<string>();
  const used = new Set<string>();
  for await (const { header, body } of entries) {
    const path = pathInArchive(header.name);
    if (header.type === "directory") folders.add(path);
    else if (header.type === "file") {
      for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) used.add(folder);
      yield { path, mode: modeOf(header.mode ?? 0), size: header.size, content: () => body };
      continue;
    } else throw new UnfitPath(`has an entry that is a ${header.type}, not a file`, header.name);
    for await (const _ of body);
  }
  for (const folder of folders) {
    const isUsed = used.has(folder) || [...folders].some((other) => other.startsWith(`${folder}/`));
    if (folder !== "." && !isUsed) yield emptyFolder(folder);
  }
}

/** A path that stays in the folder. */
function pathInArchive(name: string): string {
  const path = posix.normalize(name).replace(/\/$/, "");
  if (path.startsWith("/") || path.split("/")[0] === ".." || path.includes("\n")) {
    throw new UnfitPath("has an entry whose path leads out of the folder, or has a line break", name);
  }
  return path;
}
