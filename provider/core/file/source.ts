import { createHash, type Hash, hash } from "node:crypto";
import { Readable } from "node:stream";
import { createTarPacker, type TarPackController } from "modern-tar";
import type { FileInputs } from "./model.ts";
import { contentOf, filesOf, isTree, type TreeFile } from "./tree.ts";

export function sha256(content: Uint8Array | string): string {
  return hash("sha256", content);
}

export async function* hashing(content: AsyncIterable<Uint8Array>, digest: Hash): AsyncIterable<Uint8Array> {
  for await (const chunk of content) {
    digest.update(chunk);
    yield chunk;
  }
}

/** The digest and mode of each file that was read, by path. */
export class Manifest {
  readonly #files = new Map<string, { mode: number; digest: string }>();
  readonly #isOrdered: boolean;
  readonly #isDirectory: boolean;

  constructor({ directory, source }: Pick<FileInputs, "directory" | "source">) {
    const { path, assets } = (source ?? {}) as { path?: string; assets?: object };
    this.#isDirectory = directory !== undefined;
    // The files of a folder have an order. Those of an archive get one.
    this.#isOrdered = this.#isDirectory || (path !== undefined && !assets && !/\.(?:tar|t?gz)$/i.test(path));
  }

  async *reading({ path, mode, content }: TreeFile): AsyncIterable<Uint8Array> {
    const digest = createHash("sha256");
    yield* hashing(content(), digest);
    this.#files.delete(path);
    this.#files.set(path, { mode, digest: path.endsWith("/") ? "" : digest.digest("hex") });
  }

  get paths(): string[] {
    return this.#entries().map(([path]) => path);
  }

  /** Digest of each file, by path. That of an empty folder is empty. */
  get digests(): Record<string, string> {
    return Object.fromEntries(this.#entries().map(([path, { digest }]) => [path, digest]));
  }

  /**
   * One digest for all files: their paths, modes and contents. Older versions did not copy empty folders, so
   * their states hold a digest without them.
   */
  get hash(): string {
    return sha256(
      this.#entries()
        .filter(([path]) => !this.#isDirectory || !path.endsWith("/"))
        .map(([path, { mode, digest }]) => `${mode.toString(8)} ${digest} ${path}\n`)
        .join(""),
    );
  }

  #entries() {
    const all = [...this.#files];
    return this.#isOrdered ? all : all.sort(([one], [other]) => (one < other ? -1 : 1));
  }
}

/** The digest that the content will have, read from this computer. */
export async function sourceHash(inputs: FileInputs): Promise<string> {
  if (isTree(inputs)) {
    const manifest = new Manifest(inputs);
    for await (const file of filesOf(inputs)) for await (const _ of manifest.reading(file));
    return manifest.hash;
  }
  const digest = createHash("sha256");
  for await (const _ of hashing(contentOf(inputs), digest));
  return digest.digest("hex");
}

export function wantedHash(inputs: FileInputs): string | undefined {
  return inputs.content === undefined ? inputs.sourceHash : sha256(inputs.content);
}

/**
 * A stream that every `tar` can read. Leaves out owners and times, so that the same files give the same
 * bytes, and empty folders, whose owners would be changed. Reads nothing before it is read itself: an error
 * that nobody listens to yet would end this process.
 *
 * @param manifest records what was read
 */
export function tarStream(files: AsyncIterable<TreeFile>, manifest: Manifest): Readable {
  const pack = async (controller: TarPackController) => {
    for await (const file of files) {
      const { path: name, mode, size } = file;
      if (name.endsWith("/")) {
        for await (const _ of manifest.reading(file));
        continue;
      }
      const header = { name, size, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" as const };
      const writer = controller.add(header).getWriter();
      for await (const chunk of manifest.reading(file)) await writer.write(chunk);
      await writer.close();
    }
    controller.finalize();
  };
  const packed = async function* () {
    const { readable, controller } = createTarPacker();
    pack(controller).catch((error) => controller.error(error));
    yield* readable as unknown as AsyncIterable<Uint8Array>;
  };
  return Readable.from(packed(), { objectMode: false });
}
