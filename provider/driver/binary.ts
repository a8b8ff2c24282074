import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { MultipassError } from "./errors.ts";

/**
 * The environment in which the client is looked up. Injected, so that every platform's names and places can
 * be tested on any platform. The files themselves are looked for on the real host.
 */
export interface Environment {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

/** Where the installers put the client. The PATH of services and IDEs is often too short to include it. */
const USUAL_PLACES: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ["/snap/bin/multipass", "/var/lib/snapd/snap/bin/multipass", "/usr/local/bin/multipass"],
  darwin: [
    "/usr/local/bin/multipass",
    "/opt/homebrew/bin/multipass",
    "/Library/Application Support/com.canonical.multipass/bin/multipass",
  ],
  win32: ["C:\\Program Files\\Multipass\\bin\\multipass.exe"],
};

/**
 * Finds the `multipass` client: the argument `multipassPath`, then the environment variable `MULTIPASS_BIN`,
 * then the PATH, then the installers' usual places.
 *
 * @throws MultipassError of kind `client-missing` that says where it looked
 */
export function findClient(argument?: string, environment: Environment = process): string {
  const named = argument || environment.env["MULTIPASS_BIN"];
  if (named) {
    const path = isAbsolute(named) ? named : resolve(named);
    if (isExecutable(path, environment) || isOfWindows(path, environment)) return usable(path, environment);
    throw missing(
      `${argument ? "the argument multipassPath" : "the environment variable MULTIPASS_BIN"} names ${path}, which is not an executable file`,
    );
  }
  const names = environment.platform === "win32" ? ["multipass.exe", "multipass.cmd"] : ["multipass"];
  const folders = (environment.env["PATH"] ?? environment.env["Path"] ?? "").split(delimiter).filter(Boolean);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...(USUAL_PLACES[environment.platform] ?? []),
  ];
  const found = candidates.find((path) => isExecutable(path, environment));
  if (found) return usable(found, environment);
  // WSL appends the PATH of Windows (`appendWindowsPath`, https://learn.microsoft.com/windows/wsl/wsl-config).
  const ofOther = folders.map((folder) => join(folder, "multipass.exe")).find((path) => existsSync(path));
  if (environment.platform === "linux" && ofOther) throw ofWindows(ofOther);
  throw missing("it is neither on the PATH nor where its installers put it");
}

function isExecutable(path: string, environment: Environment): boolean {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
    // Windows has no executable bit; there the file extension decides.
    if (environment.platform !== "win32") accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isOfWindows(path: string, { platform }: Environment): boolean {
  return platform === "linux" && /\.exe$/i.test(existsSync(path) ? realpathSync.native(path) : path);
}

function usable(path: string, environment: Environment): string {
  if (isOfWindows(path, environment)) throw ofWindows(path);
  return path;
}

/** The Linux of WSL can start the programs of Windows, but they read other paths and keep other records. */
export function ofWindows(path: string): MultipassError {
  return new MultipassError("Unable to use the multipass client of Windows from WSL", {
    kind: "client-missing",
    details: `${path} runs multipass.exe, which takes the paths of Windows, and this process runs in Linux`,
    remedy: "Run Pulumi in Windows, where `multipass` works, and use WSL for nothing but editing.",
  });
}

function missing(details: string): MultipassError {
  return new MultipassError("Unable to find the multipass client", {
    kind: "client-missing",
    details,
    remedy:
      "Install Multipass (https://canonical.com/multipass/install), or name its client in MULTIPASS_BIN or in the argument multipassPath.",
  });
}
