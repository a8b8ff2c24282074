import { lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

/** Characters of a folder's path that leave room for ssh's socket: macOS allows 104 bytes. */
const LONGEST = 44;

let folder: string | undefined;

/** The folder of ssh's shared connections. It is this user's alone: a socket gives our access away. */
export function controlFolder(): string {
  folder ??= makeControlFolder(process.env, process.getuid?.());
  return folder;
}

/** Creates the folder, or a new one if somebody else has made it before us. */
export function makeControlFolder(env: NodeJS.ProcessEnv, uid: number | undefined): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  const named = runtime ? join(runtime, "pulumi-multipass") : undefined;
  const usual = `/tmp/pulumi-multipass-${uid ?? 0}`;
  for (const path of [named, usual]) if (path && path.length <= LONGEST && isOurs(path, uid)) return path;
  return mkdtempSync("/tmp/pulumi-multipass-");
}

/** Creates the folder. @returns whether it is this user's, and closed to all others */
function isOurs(path: string, user: number | undefined): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(path);
    return lstatSync(path).isDirectory() && uid === user && (mode & 0o077) === 0;
  } catch {
    return false;
  }
}
