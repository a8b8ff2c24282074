import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { multipassOf } from "../../core/multipass.ts";
import { type Computer, thisComputer } from "../../host/computer.ts";
import { storageFolder } from "../../host/storage.ts";
import { EXIT } from "../exit-codes.ts";
import { type Owned, overviewOf } from "./owned.ts";

export interface SshConfigOptions {
  stack?: string;
  user: string;
  identity?: string;
  multipassPath?: string;
}

/** Prints entries of an `ssh_config` for the instances that stacks own. @returns the exit code */
export async function sshConfig(options: SshConfigOptions, signal: AbortSignal): Promise<number> {
  const { owned } = await overviewOf(multipassOf(options.multipassPath), { stack: options.stack, signal });
  const reachable = owned.filter(({ state, address }) => state === "Running" && address !== undefined);
  for (const { name, state = "gone" } of owned.filter((one) => !reachable.includes(one)))
    process.stderr.write(
      `${name} is left out: it is ${state === "Running" ? "without an address" : state}\n`,
    );
  if (reachable.length === 0) {
    process.stderr.write("No instance of a stack can be reached.\n");
    return EXIT.failed;
  }
  const identity = options.identity ?? multipassKey(thisComputer);
  process.stdout.write(reachable.map((one) => entryOf(one, options.user, identity)).join("\n"));
  return EXIT.ok;
}

function entryOf(
  { name, address, project, stack, resource }: Owned,
  user: string,
  identity?: string,
): string {
  const lines = [
    `HostName ${address}`,
    `User ${user}`,
    ...(identity === undefined ? [] : [`IdentityFile ${quoted(identity)}`, "IdentitiesOnly yes"]),
    // An instance that is replaced has new keys, often at an old address.
    "StrictHostKeyChecking no",
    `UserKnownHostsFile ${process.platform === "win32" ? "NUL" : "/dev/null"}`,
    "LogLevel ERROR",
  ];
  return `# ${project}/${stack} ${resource}\nHost ${name}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

const quoted = (path: string) => (path.includes(" ") ? `"${path}"` : path);

/** Multipass's own key, where this user may read it. On Linux and macOS only root may. */
export function multipassKey(computer: Computer): string | undefined {
  const folder = storageFolder(computer);
  if (folder === undefined) return undefined;
  const places = ["data/ssh-keys", "data/multipassd/ssh-keys", "ssh-keys"];
  return places.map((place) => join(folder, place, "id_rsa")).find(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
