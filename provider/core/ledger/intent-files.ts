import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { isOfEarlierBoot } from "../../driver/launch-job.ts";
import { processState } from "../../driver/process.ts";
import { writeRecord } from "./journal.ts";

/** What an operation is about to change, and what it found. Holds only what Multipass shows as well. */
const intentSchema = v.object({
  version: v.literal(1),
  what: v.string(),
  /** The resource: its Pulumi URN. Left out if the owner does not matter. */
  owner: v.optional(v.string()),
  /** The previous value; for a restore, when its snapshot was taken. */
  before: v.string(),
  /** The new value, or hashes of it if it may be a secret. */
  after: v.string(),
  pid: v.number(),
  /** ISO 8601. */
  since: v.string(),
});

export type IntentFile = v.InferOutput<typeof intentSchema>;

/**
 * What operations record before they change anything. Pulumi records nothing of a process that is killed
 * half-way. The next process must know what that one did, and the earlier value. One file per changed thing.
 */
export class IntentFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, "intents");
  }

  /** An unreadable intent counts as none. */
  async read(what: string): Promise<IntentFile | undefined> {
    const intent = await readIntent(this.#file(what));
    return intent?.what === what ? intent : undefined;
  }

  async all(): Promise<IntentFile[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const all = await Promise.all(files.map((file) => readIntent(join(this.#folder, file))));
    return all.filter((intent) => intent !== undefined);
  }

  /** @throws MultipassError if it cannot be written; nothing may be changed then */
  async write(what: string, intent: Pick<IntentFile, "owner" | "before" | "after">): Promise<void> {
    const since = new Date().toISOString();
    const file: IntentFile = { version: 1, what, ...intent, pid: process.pid, since };
    await writeRecord(this.#file(what), file);
  }

  /** Ignores a file that cannot be removed: no read, undo or put-back should fail because of it. */
  async forget(what: string): Promise<void> {
    await rm(this.#file(what), { force: true }).catch(() => undefined);
  }

  #file(what: string): string {
    return join(this.#folder, `${hash("sha256", what).slice(0, 24)}.json`);
  }
}

async function readIntent(file: string): Promise<IntentFile | undefined> {
  try {
    return v.parse(intentSchema, JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Whether the process that wrote it has ended without taking it back, or is this one. A reused process id
 * counts as running, unless the host has rebooted since.
 */
export function isLeft({ pid, since }: IntentFile): boolean {
  if (pid === process.pid || isOfEarlierBoot({ pid, startedAt: Date.parse(since) })) return true;
  return processState(pid) === "none";
}
