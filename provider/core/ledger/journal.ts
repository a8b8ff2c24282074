import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import type { Host } from "../../driver/binary.ts";
import { MultipassError } from "../../driver/errors.ts";

/**
 * What is written down about an instance before its launch, so that whoever comes after a crash can tell ours from another's, and
 * what was asked for. Holds no user-data and no secret: of the arguments only a hash.
 */
const entrySchema = v.object({
  version: v.literal(1),
  /** The resource: its Pulumi URN, which names the stack and the project. */
  owner: v.string(),
  name: v.string(),
  /** Hash of the arguments that only a replacement can change. */
  fingerprint: v.string(),
  /**
   * `launching` from before a launch is dispatched until its end is known; `launched` when the machine is there; `created` once Pulumi
   * has been told of it. A launch that is known to have made nothing leaves no entry: whatever comes under that name is not ours.
   */
  phase: v.picklist(["launching", "launched", "created"]),
  /** An operation has proved that Pulumi's state holds the machine. */
  known: v.optional(v.boolean()),
  /** The create whose machine it is by now. Of one resource several creates can have come upon the same machine. */
  creation: v.optional(v.string()),
  /** Earlier creates of the same resource whose machine it was: what is deleted of them by now is no machine. */
  superseded: v.optional(v.array(v.string())),
  /** ISO 8601. */
  since: v.string(),
  /** The image, where it is launched by URL. */
  direct: v.optional(
    v.object({
      url: v.string(),
      sha256: v.string(),
      size: v.number(),
      version: v.string(),
      release: v.string(),
    }),
  ),
  /** An earlier launch of this instance was dispatched, too, and nobody knows how it ended. */
  earlier: v.optional(v.boolean()),
  /** The last launch that was dispatched. */
  launch: v.optional(v.object({ pid: v.number(), startedAt: v.optional(v.number()), folder: v.string() })),
});

export type JournalEntry = v.InferOutput<typeof entrySchema>;

/** `$XDG_STATE_HOME/pulumi-multipass` and its like on other systems; `PULUMI_MULTIPASS_STATE_DIR` overrides it. */
export function stateFolder(host: Host = process, home = homedir()): string {
  const { env, platform } = host;
  const named = env["PULUMI_MULTIPASS_STATE_DIR"];
  if (named) return named;
  if (platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "pulumi-multipass");
  if (platform === "darwin") return join(home, "Library", "Application Support", "pulumi-multipass");
  return join(env["XDG_STATE_HOME"] || join(home, ".local", "state"), "pulumi-multipass");
}

/**
 * One file an instance, in a folder of its own for each Multipass that is driven (the client and the address of its daemon),
 * since a name is unique only there. Files are replaced atomically and can be read by this user only.
 */
export class Journal {
  readonly folder: string;

  constructor(client: string, host: Host = process, root = stateFolder(host)) {
    const key = createHash("sha256")
      .update(`${client}\n${host.env["MULTIPASS_SERVER_ADDRESS"] ?? ""}`)
      .digest("hex")
      .slice(0, 12);
    this.folder = join(root, key);
  }

  async read(name: string): Promise<JournalEntry | undefined> {
    return this.#readFile(this.#file(name));
  }

  async #readFile(file: string): Promise<JournalEntry | undefined> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw unusable(file, (cause as Error).message, cause);
    }
    try {
      return v.parse(entrySchema, JSON.parse(text));
    } catch (cause) {
      throw unusable(file, (cause as Error).message, cause);
    }
  }

  /** Everything that is written down of one resource. */
  async ofOwner(owner: string): Promise<JournalEntry[]> {
    return (await this.#all()).filter((entry) => entry.owner === owner);
  }

  /** The names of what the stack of this resource has. */
  async namesOfStack(owner: string): Promise<string[]> {
    const stack = stackOf(owner);
    return (await this.#all()).filter((entry) => stackOf(entry.owner) === stack).map(({ name }) => name);
  }

  /** What cannot be read is left out: it is complained of by whoever needs it. */
  async #all(): Promise<JournalEntry[]> {
    const files = await readdir(this.folder).catch(() => []);
    const entries = await Promise.all(
      files
        .filter((file) => file.endsWith(".json"))
        .map((file) => this.#readFile(join(this.folder, file)).catch(() => undefined)),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  async write(entry: JournalEntry): Promise<void> {
    const file = this.#file(entry.name);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600 });
    } catch (cause) {
      throw unusable(file, (cause as Error).message, cause);
    }
  }

  /**
   * Writes the first entry of a name down, unless another process has been faster by a moment.
   *
   * @returns whether it was written
   */
  async begin(entry: JournalEntry): Promise<boolean> {
    const file = this.#file(entry.name);
    const mine = `${file}.${process.pid}.${randomUUID()}`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(mine, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600, flush: true });
      // A link is made whole or not at all, and never over what is there.
      await link(mine, file);
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
      // Some file systems have no links. There a process that is killed in the middle of this leaves a file that nobody can read.
      return this.#create(file, entry);
    } finally {
      await rm(mine, { force: true });
    }
  }

  async #create(file: string, entry: JournalEntry): Promise<boolean> {
    try {
      await writeFile(file, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw unusable(file, (cause as Error).message, cause);
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
    await this.forgetOutput(name);
  }

  /**
   * Removes what all launches of this name have said, which may quote the user-data.
   *
   * @param kept the folder of a launch whose end may still have to be read
   */
  async forgetOutput(name: string, kept?: string): Promise<void> {
    const all = this.#launchFolders(name);
    const inside =
      kept === undefined ? [] : (await readdir(all).catch(() => [])).map((one) => join(all, one));
    for (const folder of inside.includes(kept ?? "") ? inside.filter((one) => one !== kept) : [all])
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * The fingerprint of a launch of this name that the daemon did not survive. It may have left a prepared image and user-data behind, which
   * the daemon silently uses for the next launch of the name, whatever that asks for, and which no command shows. Kept beyond `remove`.
   */
  async leftover(name: string): Promise<string | undefined> {
    return readFile(this.#leftoverFile(name), "utf8").catch(() => undefined);
  }

  async noteLeftover(name: string, fingerprint: string): Promise<void> {
    await mkdir(join(this.folder, "leftovers"), { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#leftoverFile(name), fingerprint, { mode: 0o600 });
  }

  async forgetLeftover(name: string): Promise<void> {
    await rm(this.#leftoverFile(name), { force: true });
  }

  /** Where the next launch of this name keeps its output: another place each time, since one that nobody saw the end of may still write. */
  newLaunchFolder(name: string): string {
    return join(this.#launchFolders(name), randomUUID().slice(0, 8));
  }

  #launchFolders(name: string): string {
    return join(this.folder, "launches", fileName(name));
  }

  #leftoverFile(name: string): string {
    return join(this.folder, "leftovers", fileName(name));
  }

  #file(name: string): string {
    return join(this.folder, `${fileName(name)}.json`);
  }
}

/** Stack and project, the first two parts of a URN. */
function stackOf(owner: string): string {
  return owner.split("::").slice(0, 2).join("::");
}

/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** A file name of its own for each name, also where `Dev` and `dev` would be one file. A name of Multipass has no dot. */
function fileName(name: string): string {
  if (name === name.toLowerCase() && !RESERVED.test(name)) return encodeURIComponent(name);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${encodeURIComponent(name.toLowerCase())}.${hash}`;
}

export function unusable(file: string, reason: string, cause: unknown): MultipassError {
  return new MultipassError("Unable to use the journal of this package", {
    kind: "unknown",
    details: `${file}: ${reason}`,
    remedy:
      "It tells which instances are ours after a crash. Make its folder writable, or name another in PULUMI_MULTIPASS_STATE_DIR; delete the file only if no instance of that name is of interest.",
    cause,
  });
}
