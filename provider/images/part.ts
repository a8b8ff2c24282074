import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { processState } from "../driver/process.ts";

/** Tells this process's parts from those of its other threads, and of earlier processes with its ID. */
const OWN = `${process.pid}-${randomUUID().slice(0, 8)}`;

/** Milliseconds after which an unchanged part counts as abandoned, even if its process ID is in use again. */
const ABANDONED_MS = 3_600_000;

/**
 * Path of this process's partial download of a file. Two processes writing to one path would corrupt it.
 * Parts left by dead processes are taken over, so that none stays behind and nothing is fetched twice.
 */
export async function partOf(file: string): Promise<string> {
  const part = `${file}.${OWN}.part`;
  const [folder, name] = [dirname(file), basename(file)];
  let begun = existsSync(part);
  for (const found of await readdir(folder)) {
    const [, pid] = /^\.(\d+)-\w+\.part$/.exec(found.startsWith(name) ? found.slice(name.length) : "") ?? [];
    const left = join(folder, found);
    if (left === part || pid === undefined || !(await isAbandoned(left, Number(pid)))) continue;
    if (begun) await rm(left, { force: true });
    // Another process may have taken the part first.
    else
      begun = await rename(left, part)
        .then(() => true)
        .catch(() => false);
  }
  return part;
}

async function isAbandoned(part: string, pid: number): Promise<boolean> {
  if (processState(pid) === "none") return true;
  const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > ABANDONED_MS;
}
