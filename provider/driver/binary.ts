import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { MultipassError } from "./errors.ts";

/**
 * What the look-up of the client depends on; injected so that every platform's names and places are tested on any. Paths are those of the real
 * host all the same, since real files are looked for.
 */
export interface Host {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

/** Where the installers put the client when a program's PATH does not say (services and IDEs often have a short one). */
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
 * Finds the `multipass` client: the argument `multipassPath`, else the environment variable `MULTIPASS_BIN`, else the PATH, else
 * where the installers put it.
 *
 * @throws MultipassError of kind `client-missing` that says where was looked
 */
export function findClient(argument?: string, host: Host = process): string {
  const named = argument || host.env["MULTIPASS_BIN"];
  if (named) {
    const path = isAbsolute(named) ? named : resolve(named);
    if (isExecutable(path, host)) return path;
    throw missing(
      `${argument ? "the argument multipassPath" : "the environment variable MULTIPASS_BIN"} names ${path}, which is no program that can be run`,
    );
  }
  const names = host.platform === "win32" ? ["multipass.exe", "multipass.cmd"] : ["multipass"];
  const folders = (host.env["PATH"] ?? host.env["Path"] ?? "").split(delimiter).filter(Boolean);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...(USUAL_PLACES[host.platform] ?? []),
  ];
  const found = candidates.find((path) => isExecutable(path, host));
  if (found) return found;
  throw missing("there is no program of that name on the PATH, nor where its installers put it");
}

function isExecutable(path: string, host: Host): boolean {
  try {
    if (!existsSync(path) || !statSync(path).isFile()) return false;
    // Windows has no such bit; the ending decides there.
    if (host.platform !== "win32") accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(details: string): MultipassError {
  return new MultipassError("Unable to find the multipass client", {
    kind: "client-missing",
    details,
    remedy:
      "Install Multipass (https://canonical.com/multipass/install), or name its client in MULTIPASS_BIN or in the argument multipassPath.",
  });
}
