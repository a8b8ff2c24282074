import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT } from "../exit-codes.ts";
import { packageVersion } from "../package-version.ts";

/** The bundled plugin, which the build puts beside the compiled package. */
const BUNDLE = fileURLToPath(new URL("../../../dist/plugin/", import.meta.url));

/** Installs this package's plugin where Pulumi looks for plugins. @returns the exit code */
export function installPlugin(): number {
  const plugins = join(pulumiFolder(), "plugins");
  const folder = join(plugins, `resource-multipass-lab-v${packageVersion()}`);
  const name = `The plugin multipass-lab ${packageVersion()}`;
  try {
    const isThere = hasSameFiles(folder);
    if (!isThere) replace(plugins, folder);
    process.stdout.write(`${name} is installed ${isThere ? "already, " : ""}in ${folder}.\n`);
  } catch (cause) {
    throw new Error(`Unable to install the plugin in ${plugins}: ${(cause as Error).message}`, { cause });
  }
  return EXIT.ok;
}

/** Where Pulumi keeps its own files. It takes the home folder from the user database, not from HOME. */
export function pulumiFolder(): string {
  return process.env["PULUMI_HOME"] || join(userHome(), ".pulumi");
}

function userHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // In a container, a user can be a mere number.
    return homedir();
  }
}

/** Replaces the plugin so that others see a complete plugin or none, never half of one. */
function replace(plugins: string, folder: string): void {
  mkdirSync(plugins, { recursive: true });
  // Pulumi ignores folders whose names begin with a dot.
  const staging = mkdtempSync(join(plugins, ".multipass-lab-"));
  try {
    cpSync(BUNDLE, join(staging, "new"), { recursive: true });
    unlessMissing(() => renameSync(folder, join(staging, "old")));
    renameSync(join(staging, "new"), folder);
    // Pulumi's mark of an interrupted installation.
    rmSync(`${folder}.partial`, { force: true });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function hasSameFiles(folder: string): boolean {
  const isSame = (file: string) => readFileSync(join(BUNDLE, file)).equals(readFileSync(join(folder, file)));
  return unlessMissing(() => readdirSync(BUNDLE).every(isSame)) ?? false;
}

function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
