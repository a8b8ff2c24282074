import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { isOfEarlierBoot } from "../../driver/launch-job.ts";
import { unusable } from "./journal.ts";

/** What an operation is about to change, and what it has found before. Holds nothing that Multipass does not show itself. */
const intentSchema = v.object({
  version: v.literal(1),
  /** What is to be changed. */
  what: v.string(),
  /** The resource: its Pulumi URN. Left out where it does not matter whose operation it was. */
  owner: v.optional(v.string()),
  /** What was there before; of a restore, when its snapshot was taken. */
  before: v.string(),
  /** What is to be there, or hashes of it where that may be a secret. */
  after: v.string(),
  /** The process that is at it. */
  pid: v.number(),
  /** ISO 8601. */
  since: v.string(),
});

export type IntentFile = v.InferOutput<typeof intentSchema>;

/**
 * What operations record before they change anything. Of a process that is killed in the middle Pulumi records nothing, and the next one has to know
 * what was its doing, and how it was before. One file for each thing that is changed.
 */
export class IntentFiles {
  readonly #folder: string;

  /** @param folder that of the journal */
  constructor(folder: string) {
    this.#folder = join(folder, "intents");
  }

  /** One that cannot be read is none: then a snapshot is somebody else's, and what stands was there before. */
  async read(what: string): Promise<IntentFile | undefined> {
    const intent = await readIntent(this.#file(what));
    return intent?.what === what ? intent : undefined;
  }

  /** All that can be read. */
  async all(): Promise<IntentFile[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const all = await Promise.all(files.map((file) => readIntent(join(this.#folder, file))));
    return all.filter((intent) => intent !== undefined);
  }

  /** @throws MultipassError where it cannot be written down; then nothing may be changed */
  async write(what: string, intent: Pick<IntentFile, "owner" | "before" | "after">): Promise<void> {
    const file = this.#file(what);
    const entry: IntentFile = {
      version: 1,
      what,
      ...intent,
      pid: process.pid,
      since: new Date().toISOString(),
    };
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600 });
    } catch (cause) {
      throw unusable(file, (cause as Error).message, cause);
    }
  }

  /** One that cannot be taken away stays: nothing that is read, undone or put back fails for it. */
  async forget(what: string): Promise<void> {
    await rm(this.#file(what), { force: true }).catch(() => undefined);
  }

  #file(what: string): string {
    return join(this.#folder, `${createHash("sha256").update(what).digest("hex").slice(0, 24)}.json`);
  }
}

async function readIntent(file: string): Promise<IntentFile | undefined> {
  try {
    return v.parse(intentSchema, JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Whether the process that wrote it down has ended without taking it back, or was this one. A process id that is in use again counts as running,
 * unless the host was started anew since.
 */
export function isLeft({ pid, since }: IntentFile): boolean {
  if (pid === process.pid || isOfEarlierBoot({ pid, startedAt: Date.parse(since) })) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
