import { hash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import type { Environment } from "../../driver/binary.ts";
import { SERVER_VARIABLE } from "../../driver/daemon-address.ts";
import { MultipassError } from "../../driver/errors.ts";

/**
 * The record of an instance, written before its launch. After a crash it shows which instances are ours, and
 * what was asked for. Holds no user-data and no secret: only a hash of the arguments.
 */
const entrySchema = v.object({
  version: v.literal(1),
  /** The resource: its Pulumi URN, which names the stack and the project. */
  owner: v.string(),
  name: v.string(),
  /** Hash of the arguments that only a replacement can change. */
  fingerprint: v.string(),
  /**
   * `launching` from before the dispatch until the launch's end is known; `launched` once the instance
   * exists; `created` once Pulumi has been told. A launch known to have made nothing leaves no entry: an
   * instance of that name is then not ours.
   */
  phase: v.picklist(["launching", "launched", "created"]),
  /** An operation has proved that Pulumi's state holds the instance. */
  known: v.optional(v.boolean()),
  /** The create that owns the instance now. Several creates of one resource can find the same instance. */
  creation: v.optional(v.string()),
  /** Earlier creates of the same resource that owned it. Their deletion leaves the instance alone. */
  superseded: v.optional(v.array(v.string())),
  /** ISO 8601. */
  since: v.string(),
  /** The image, for a launch by URL. */
  direct: v.optional(
    v.object({
      url: v.string(),
      sha256: v.string(),
      size: v.number(),
      version: v.string(),
      release: v.string(),
    }),
  ),
  /** An earlier launch of this instance was dispatched as well, and how it ended is unknown. */
  earlier: v.optional(v.boolean()),
  /** The last launch dispatched. */
  launch: v.optional(v.object({ pid: v.number(), startedAt: v.optional(v.number()), folder: v.string() })),
  /** The host that runs Multipass, as ssh knows it. Left out for this computer. */
  host: v.optional(
    v.object({
      ssh: v.string(),
      multipassPath: v.optional(v.string()),
      /** The name by which it was known first. */
      sameAs: v.optional(v.string()),
    }),
  ),
});

export type JournalEntry = v.InferOutput<typeof entrySchema>;

/** How to reach the Multipass of another host. */
export type JournalHost = NonNullable<JournalEntry["host"]>;

/** The user's folder for state; `PULUMI_MULTIPASS_STATE_DIR` overrides it. */
export function stateFolder(environment: Environment = process, home = homedir()): string {
  const { env, platform } = environment;
  const named = env["PULUMI_MULTIPASS_STATE_DIR"];
  if (named) return named;
  if (platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "pulumi-multipass");
  if (platform === "darwin") return join(home, "Library", "Application Support", "pulumi-multipass");
  return join(env["XDG_STATE_HOME"] || join(home, ".local", "state"), "pulumi-multipass");
}

/** Milliseconds for which one look at the journal tells whose entries there are. */
const LOOK_MS = 2_000;

/**
 * One file per instance, in one folder per Multipass (client and daemon address), since a name is unique only
 * there. Files are replaced atomically, and only this user can read them.
 */
export class Journal {
  readonly folder: string;
  readonly #host: JournalHost | undefined;
  /** Who owns each name, by the last look at all entries and what this process has written since. */
  #look: { at: number; owners: Promise<Map<string, string>> } | undefined;

  /** @param host written into every entry, so that the hosts can be found by their entries */
  constructor(
    client: string,
    environment: Environment = process,
    root = stateFolder(environment),
    host?: JournalHost,
  ) {
    const multipass = `${host ? `ssh:${host.sameAs ?? host.ssh}` : client}\n${environment.env[SERVER_VARIABLE] ?? ""}`;
    this.#host = host;
    this.folder = join(root, hash("sha256", multipass).slice(0, 12));
  }

  async read(name: string): Promise<JournalEntry | undefined> {
    return readEntry(this.#file(name));
  }

  /**
   * All entries of one resource. Those that another process has just made may be missing: one look serves many
   * resources in a row, since a look for each would grow with the square of the instances.
   */
  async ofOwner(owner: string): Promise<JournalEntry[]> {
    const now = performance.now();
    if (!this.#look || now - this.#look.at > LOOK_MS) this.#look = { at: now, owners: this.#lookAtOwners() };
    const owners = [...(await this.#look.owners)];
    const names = owners.filter(([, one]) => one === owner).map(([name]) => name);
    const entries = await Promise.all(names.map((name) => this.read(name).catch(() => undefined)));
    return entries.filter((entry) => entry?.owner === owner) as JournalEntry[];
  }

  async #lookAtOwners(): Promise<Map<string, string>> {
    return new Map((await this.all()).map((entry) => [entry.name, entry.owner]));
  }

  async #noteOwner({ name, owner }: JournalEntry): Promise<void> {
    (await this.#look?.owners)?.set(name, owner);
  }

  /** The names of all instances recorded for this resource's stack. */
  async namesOfStack(owner: string): Promise<string[]> {
    const stack = stackOf(owner);
    return (await this.all()).filter((entry) => stackOf(entry.owner) === stack).map(({ name }) => name);
  }

  /** All entries. Skips unreadable files: `read` reports them to whoever needs that entry. */
  async all(): Promise<JournalEntry[]> {
    return entriesIn(this.folder);
  }

  async write(entry: JournalEntry): Promise<void> {
    await writeRecord(this.#file(entry.name), { ...entry, host: this.#host });
    await this.#noteOwner(entry);
  }

  /** Writes the first entry of a name. @returns false if another process got there first */
  async begin(entry: JournalEntry): Promise<boolean> {
    const file = this.#file(entry.name);
    const mine = `${file}.${process.pid}.${randomUUID()}`;
    const text = textOf({ ...entry, host: this.#host });
    const create = (path: string) => writeFile(path, text, { mode: 0o600, flag: "wx", flush: true });
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await create(mine);
      // Creating a link is atomic and never overwrites a file. Some file systems have no links. There a killed
      // process can leave an unreadable file.
      await link(mine, file).catch((error) => (isTaken(error) ? Promise.reject(error) : create(file)));
      await this.#noteOwner(entry);
      return true;
    } catch (cause) {
      if (isTaken(cause)) return false;
      throw unusable(file, cause);
    } finally {
      await rm(mine, { force: true });
    }
  }

  async remove(name: string): Promise<void> {
    await removed(this.#file(name));
    await this.forgetOutput(name);
  }

  /** Removes all launches' output, which may quote the user-data. @param kept the folder to be read yet */
  async forgetOutput(name: string, kept?: string): Promise<void> {
    const all = this.#launchFolders(name);
    const inside =
      kept === undefined ? [] : (await readdir(all).catch(() => [])).map((one) => join(all, one));
    for (const folder of inside.includes(kept ?? "") ? inside.filter((one) => one !== kept) : [all])
      await removed(folder, { recursive: true, maxRetries: 5 });
  }

  /**
   * The fingerprint of a launch that crashed the daemon. The daemon may keep its image and user-data, which
   * no command shows. It then silently uses them for the next launch of that name. `remove` keeps this
   * record.
   */
  async leftover(name: string): Promise<string | undefined> {
    return readFile(this.#leftoverFile(name), "utf8").catch(() => undefined);
  }

  async noteLeftover(name: string, fingerprint: string): Promise<void> {
    await written(this.#leftoverFile(name), fingerprint);
  }

  async forgetLeftover(name: string): Promise<void> {
    await removed(this.#leftoverFile(name));
  }

  /** A new folder for the output of the next launch: an earlier launch may still be writing to its own. */
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

async function readEntry(file: string): Promise<JournalEntry | undefined> {
  try {
    // An asynchronous read of such a small file takes ten times as long, and every check reads one.
    return v.parse(entrySchema, JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(file, cause);
  }
}

async function entriesIn(folder: string): Promise<JournalEntry[]> {
  const files = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    files
      .filter((file) => file.endsWith(".json"))
      .map((file) => readEntry(join(folder, file)).catch(() => undefined)),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** The other hosts on which this user's stacks have instances, each as its last entry names it. */
export async function hostsInJournals(root = stateFolder()): Promise<JournalHost[]> {
  const folders = await readdir(root).catch(() => []);
  const entries = (await Promise.all(folders.map((folder) => entriesIn(join(root, folder))))).flat();
  const hosts = new Map<string, JournalHost>();
  for (const { host } of entries.sort((a, b) => a.since.localeCompare(b.since)))
    if (host) hosts.set(host.sameAs ?? host.ssh, host);
  return [...hosts.values()].sort((a, b) => a.ssh.localeCompare(b.ssh));
}

function stackOf(owner: string): string {
  return owner.split("::").slice(0, 2).join("::");
}

/** Names that Windows reserves for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** A unique file name, even where `Dev` and `dev` would be one file. No instance's name has a dot. */
function fileName(name: string): string {
  if (name === name.toLowerCase() && !RESERVED.test(name)) return encodeURIComponent(name);
  return `${encodeURIComponent(name.toLowerCase())}.${hash("sha256", name).slice(0, 8)}`;
}

/** Replaces a file that only this user can read. @throws MultipassError if it cannot be written */
export function writeRecord(file: string, record: object): Promise<void> {
  return written(file, textOf(record));
}

async function written(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, text, { mode: 0o600 });
  } catch (cause) {
    throw unusable(file, cause);
  }
}

async function removed(path: string, options: { recursive?: boolean; maxRetries?: number } = {}) {
  await rm(path, { force: true, ...options }).catch((cause) => {
    throw unusable(path, cause);
  });
}

const textOf = (record: object) => `${JSON.stringify(record, null, 2)}\n`;

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === "EEXIST";

const FULL = ["ENOSPC", "EDQUOT"];

export function unusable(file: string, cause: unknown): MultipassError {
  const isFull = FULL.includes((cause as NodeJS.ErrnoException).code ?? "");
  return new MultipassError("Unable to use the journal of this package", {
    kind: "unknown",
    details: `${file}: ${(cause as Error).message}`,
    remedy: `After a crash, the journal shows which instances belong to this package. ${isFull ? "Free disk space for its folder" : "Make its folder writable"}, or name another in PULUMI_MULTIPASS_STATE_DIR. Delete the file only if you do not need an instance of that name.`,
    cause,
  });
}
