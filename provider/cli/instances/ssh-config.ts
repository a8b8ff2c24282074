import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { type Computer, thisComputer } from "../../host/computer.ts";
import { storageFolder } from "../../host/storage.ts";
import { EXIT } from "../exit-codes.ts";
import { type Owned, overviewsOf } from "./owned.ts";

export interface SshConfigOptions {
  stack?: string;
  user: string;
  identity?: string;
  multipassPath?: string;
}

/** Prints entries of an `ssh_config` for the instances that stacks own. @returns the exit code */
export async function sshConfig(options: SshConfigOptions, signal: AbortSignal): Promise<number> {
  const overviews = await overviewsOf(options.multipassPath, { stack: options.stack, signal });
  const owned = overviews.flatMap((overview) => overview.owned);
  const reachable = owned.filter(({ state, address }) => state === "Running" && address !== undefined);
  for (const one of owned.filter((one) => !reachable.includes(one)))
    process.stderr.write(`${one.name} is left out: ${whyNot(one)}\n`);
  if (reachable.length === 0) {
    const stack = options.stack === undefined ? "a stack" : `the stack ${options.stack}`;
    process.stderr.write(`No instance of ${stack} can be reached.\n`);
    return EXIT.failed;
  }
  const { user } = options;
  // ssh reads the entries in any folder. It knows `~` itself.
  const identity = options.identity?.replace(/^[^~].*/, (path) => resolve(path));
  const own = multipassKey(thisComputer);
  const entries = reachable.map((one) =>
    entryOf(one, {
      user,
      identity: identity ?? (one.host === undefined ? own : undefined),
      isOnly: reachable.every((other) => other === one || other.name !== one.name),
    }),
  );
  process.stdout.write(entries.join("\n"));
  return EXIT.ok;
}

function whyNot({ condition, host, state = "gone" }: Owned): string {
  if (condition === "unknown") return `${host ?? "this computer's Multipass"} does not answer`;
  return `it is ${state === "Running" ? "without an address" : state}`;
}

/** Two hosts may have instances of one name. Then only the longer name is theirs. */
function namesOf({ name, host }: Owned, isOnly: boolean): string {
  if (host === undefined) return name;
  const long = `${name}.${host.replace(/^(?:ssh:\/\/)?(?:.*@)?|:\d+$/g, "")}`;
  return isOnly ? `${name} ${long}` : long;
}

function entryOf(
  one: Owned,
  { user, identity, isOnly }: { user: string; identity: string | undefined; isOnly: boolean },
): string {
  const { address, project, stack, resource, host } = one;
  const lines = [
    `HostName ${address}`,
    `User ${user}`,
    ...(host === undefined ? [] : [`ProxyJump ${host}`]),
    ...(identity === undefined ? [] : [`IdentityFile ${quoted(identity)}`, "IdentitiesOnly yes"]),
    // An instance that is replaced has new keys, often at an old address.
    "StrictHostKeyChecking no",
    `UserKnownHostsFile ${process.platform === "win32" ? "NUL" : "/dev/null"}`,
    "LogLevel ERROR",
  ];
  return `# ${project}/${stack} ${resource}\nHost ${namesOf(one, isOnly)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
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
