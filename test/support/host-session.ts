import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../provider/driver/guest-command.ts";

/** What each way to reach hosts does for itself. */
export interface Hosts {
  /** Adds a host, or changes what is on one. */
  add(name: string, surroundings?: { path?: string; env?: Record<string, string> }): Promise<void>;
  /** Takes a host off the network, and cuts its connections. */
  down(name: string): Promise<void>;
  up(name: string): Promise<void>;
  /** Cuts the connections to a host that stays up. */
  cut(name: string): Promise<void>;
  /** Kills the ssh of this computer that holds the connection to a host. */
  killSsh(name: string): Promise<void>;
  /** How many connections and sessions the host has had, as far as the way tells. */
  counts(name: string): { connections: number; sessions: number };
  close(): Promise<void>;
}

export function executable(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/**
 * Writes the file that runs what a session asks for, with the host's own surroundings.
 *
 * @param cutter a script that cuts the connections of the session that runs it
 */
export function prepare(
  dir: string,
  name: string,
  { path = "", env = {} }: { path?: string; env?: Record<string, string> },
  cutter: string,
): string {
  const home = join(dir, "hosts", name, "home");
  mkdirSync(home, { recursive: true });
  const variables = { ...env, HOME: home, PATH: [path, "/usr/bin:/bin"].filter(Boolean).join(":") };
  const words = Object.entries(variables).map(([key, value]) => quote(`${key}=${value}`));
  const session = join(dir, "hosts", name, "session");
  executable(join(dir, "hosts", name, "cut"), cutter);
  executable(
    session,
    `cd ${quote(home)} && exec env -i ${words.join(" ")} /bin/sh -c "\${1-$SSH_ORIGINAL_COMMAND}"`,
  );
  return session;
}
