import { getServers } from "node:dns";
import { lookup } from "node:dns/promises";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { statfs } from "node:fs/promises";
import { freemem, homedir, totalmem } from "node:os";
import { win32 } from "node:path";
import { otherComputer, SERVER_VARIABLE } from "../driver/daemon-address.ts";
import { readFromHost } from "../driver/transport/remote-read.ts";
import type { SshHost } from "../driver/transport/ssh.ts";
import { getJson } from "../images/http.ts";
import { hostAddresses } from "./addresses.ts";

/** The host as the checks see it. Injected, so that a test can show them any platform. */
export type Computer = Readonly<typeof thisComputer> & {
  /** The host whose daemon is used over ssh; undefined for this computer's own. */
  readonly daemonHost?: string | undefined;
};

/** The remote computer whose daemon the client talks to, if any. */
export function daemonComputerOf({
  env,
  addresses,
  daemonHost,
}: Pick<Computer, "env" | "addresses" | "daemonHost">): string | undefined {
  if (daemonHost !== undefined) return daemonHost;
  // Each entry is `name address`.
  return otherComputer(
    env,
    addresses().map((one) => one.split(" ").at(-1) as string),
  );
}

export const thisComputer = {
  platform: process.platform,
  env: process.env,
  /** Milliseconds since the epoch. */
  now: () => Date.now(),
  home: () => homedir(),
  exists: (path: string) => existsSync(path),
  /** Whether this user may read and write the file. */
  isUsable: (path: string) =>
    attempt(() => accessSync(path, constants.R_OK | constants.W_OK) === undefined) ?? false,
  realPath: (path: string) => attempt(() => realpathSync(path)) ?? path,
  /** Content of a file; undefined if it cannot be read. */
  readText: (path: string) => attempt(() => readFileSync(path, "utf8")),
  /** Time of a file's last change, in milliseconds since the epoch. */
  modified: (path: string) => attempt(() => statSync(path).mtimeMs),
  /** Addresses that lead outside this host, as `name address`. */
  addresses: () => hostAddresses(),
  resolvers: () => getServers(),
  /** Resolves a name as most programs do; rejects if it cannot. */
  lookup: (host: string): Promise<unknown> => lookup(host),
  /** Reads a JSON document from an image server; rejects if it cannot. */
  readIndex: (url: string, signal: AbortSignal): Promise<unknown> => getJson(url, signal),
  /** Bytes. */
  memory: () => ({ free: freemem(), total: totalmem() }),
  /** Free bytes on the disk that holds, or would hold, `path`. */
  async freeDisk(path: string): Promise<number | undefined> {
    // Understands the paths of every system.
    const parent = win32.dirname(path);
    if (!existsSync(path)) return parent === path ? undefined : thisComputer.freeDisk(parent);
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  /** Every process of the host; undefined if unknown. */
  processes: () => (process.platform === "linux" ? linuxProcesses() : undefined),
};

/** This computer, with a daemon and a network that are another host's. */
export function withDaemonOn(host: SshHost, computer: Computer): Computer {
  return {
    ...computer,
    // The address of this computer's daemon is not that of the host's.
    env: { ...computer.env, [SERVER_VARIABLE]: undefined },
    daemonHost: host.destination,
    readIndex: (url, signal) => readFromHost(host, url, signal),
  };
}

/** Reads /proc, since small systems lack `ps`. Skips processes that end meanwhile. */
function linuxProcesses(): { pid: number; command: string }[] {
  return (attempt(() => readdirSync("/proc")) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      return line ? [{ pid: Number(pid), command: line.split("\0").join(" ").trim() }] : [];
    });
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
