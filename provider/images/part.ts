import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Tells parts of this process from those of an earlier one of its number, and of its other threads. */
const OWN = `${process.pid}-${randomUUID().slice(0, 8)}`;

/** Milliseconds after which nobody is at work on a part any more, whoever has its process's number by now. */
const ABANDONED_MS = 3_600_000;

/**
 * Where this process collects what it downloads of a file: two that wrote to one place would spoil each other's. What another has left
 * there that is dead is taken over, so that no part stays for ever and none is fetched twice.
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
    else {
      // Of two that are after it the slower one finds it gone.
      begun = await rename(left, part).then(
        () => true,
        () => false,
      );
    }
  }
  return part;
}

async function isAbandoned(part: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return true;
  const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's, which may not be asked.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
