import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hosts } from "./host-session.ts";
import { realHosts, SSHD } from "./real-hosts.ts";
import { standInHosts } from "./stand-in-hosts.ts";
import { withEnv } from "./with-env.ts";

/** The ways to reach a host in tests: real servers where there are some, and a script in place of `ssh`. */
export const WAYS = ["a stand-in for ssh", "a real sshd"] as const;
export type Way = (typeof WAYS)[number];

/** The host of tests that need only one. */
export const THE_HOST = "lab1";

/** The best way that this computer has. */
export const bestWay = (): Way | undefined => WAYS.findLast(hasWay);

/** Skips the tests of a way that this computer lacks. The reporter names them at its end. */
export function needsWay(context: Mocha.Context, way: Way): void {
  if (!hasWay(way)) context.skip();
}

export function hasWay(way: Way): boolean {
  if (way === "a stand-in for ssh") return process.platform !== "win32";
  // Cutting a server's connections takes /proc.
  return process.platform === "linux" && existsSync(SSHD);
}

/** Hosts behind ssh, each with a home folder and a PATH of its own. */
export interface SshHosts extends Omit<Hosts, "close">, AsyncDisposable {
  /** The host's home folder. */
  home(name: string): string;
  /** A program for the host itself that cuts the connection through which it was started. */
  cutter(name: string): string;
  /** The program to run in place of `ssh`. */
  readonly program: string;
  readonly dir: string;
}

/** One host, which is there for the tests of one suite. */
export function oneHost(way: Way) {
  let hosts: SshHosts;
  let bin: string;
  before(async function () {
    needsWay(this, way);
    hosts = await openSshHosts(way);
    bin = join(hosts.dir, "bin");
    mkdirSync(bin);
    await hosts.add(THE_HOST, { path: bin });
  });
  after(async () => hosts?.[Symbol.asyncDispose]());
  return {
    home: () => hosts.home(THE_HOST),
    /** The program that runs what a session asks for, as a login shell does. */
    session: () => join(hosts.dir, "hosts", THE_HOST, "session"),
    down: () => hosts.down(THE_HOST),
    up: () => hosts.up(THE_HOST),
    /** Puts a program on the host. */
    put: (name: string, script: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
  };
}

/** Opens a network of hosts, and points this process to it. */
export async function openSshHosts(way: Way): Promise<SshHosts> {
  // The path of a socket is short.
  const dir = realpathSync(mkdtempSync("/tmp/ssh-"));
  mkdirSync(join(dir, "hosts"));
  const program = join(dir, "ssh");
  const restore = withEnv({ PULUMI_MULTIPASS_SSH: program });
  const hosts = way === "a real sshd" ? realHosts(dir, program) : standInHosts(dir, program);
  return {
    ...hosts,
    dir,
    program,
    home: (name) => join(dir, "hosts", name, "home"),
    cutter: (name) => join(dir, "hosts", name, "cut"),
    async [Symbol.asyncDispose]() {
      restore();
      await hosts.close();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
