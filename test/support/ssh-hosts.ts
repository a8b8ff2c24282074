import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { quote } from "../../provider/driver/guest-command.ts";
import { until } from "./run.ts";
import { withEnv } from "./with-env.ts";

const SSHD = "/usr/sbin/sshd";

/** The ways to reach a host in tests: real servers where there are some, and a script in place of `ssh`. */
export const WAYS = ["a stand-in for ssh", "a real sshd"] as const;
export type Way = (typeof WAYS)[number];

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
export interface SshHosts extends AsyncDisposable {
  /** Adds a host, or changes what is on one. */
  add(name: string, surroundings?: { path?: string; env?: Record<string, string> }): Promise<void>;
  /** The host's home folder. */
  home(name: string): string;
  /** Takes a host off the network, and cuts its connections. */
  down(name: string): Promise<void>;
  up(name: string): Promise<void>;
  /** The program to run in place of `ssh`. */
  readonly program: string;
  readonly dir: string;
}

/** The host "lab1", which is there for the tests of one suite. */
export function oneHost(way: Way) {
  let hosts: SshHosts;
  let bin: string;
  before(async function () {
    needsWay(this, way);
    hosts = await openSshHosts(way);
    bin = join(hosts.dir, "bin");
    mkdirSync(bin);
    await hosts.add("lab1", { path: bin });
  });
  after(async () => hosts?.[Symbol.asyncDispose]());
  return {
    home: () => hosts.home("lab1"),
    down: () => hosts.down("lab1"),
    up: () => hosts.up("lab1"),
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
    async [Symbol.asyncDispose]() {
      restore();
      await hosts.close();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Hosts = Pick<SshHosts, "add" | "down" | "up"> & { close(): Promise<void> };

function executable(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** The file that runs what a session asks for, with the host's own surroundings. */
function prepare(
  dir: string,
  name: string,
  { path = "", env = {} }: { path?: string; env?: Record<string, string> },
): string {
  const home = join(dir, "hosts", name, "home");
  mkdirSync(home, { recursive: true });
  const variables = { ...env, HOME: home, PATH: [path, "/usr/bin:/bin"].filter(Boolean).join(":") };
  const words = Object.entries(variables).map(([key, value]) => quote(`${key}=${value}`));
  const session = join(dir, "hosts", name, "session");
  executable(
    session,
    `cd ${quote(home)} && exec env -i ${words.join(" ")} /bin/sh -c "\${1-$SSH_ORIGINAL_COMMAND}"`,
  );
  return session;
}

function standInHosts(dir: string, program: string): Hosts {
  const down = (name: string) => join(dir, "hosts", name, "down");
  executable(
    program,
    `while [ $# -gt 0 ]; do
  case "$1" in
    -o | -F | -i | -p | -l) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
host=\${1#*@}; shift
echo "$host" >>${quote(join(dir, "calls"))}
folder=${quote(join(dir, "hosts"))}/$host
[ -d "$folder" ] || { echo "ssh: Could not resolve hostname $host: Name or service not known" >&2; exit 255; }
[ ! -f "$folder/down" ] || { echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255; }
ends="$folder/ends.$$"
mkdir "$ends" && mkfifo "$ends/out" "$ends/err"
cat <"$ends/out" & out=$!
cat <"$ends/err" >&2 & err=$!
trap 'kill $out $err; rm -rf "$ends"; exit 255' TERM
echo $$ $out $err >"$ends/pids"
exec 3<&0
"$folder/session" "$*" <&3 3<&- >"$ends/out" 2>"$ends/err" &
wait $!
code=$?
wait $out; wait $err
rm -rf "$ends"
exit $code`,
  );
  return {
    async add(name, surroundings = {}) {
      prepare(dir, name, surroundings);
    },
    async down(name) {
      writeFileSync(down(name), "");
      // Ends every ssh to the host, but nothing on the host itself.
      execFileSync("sh", [
        "-c",
        `for one in "$0"/ends.*; do kill -9 $(cat "$one/pids" 2>/dev/null) 2>/dev/null; rm -rf "$one"; done; :`,
        join(dir, "hosts", name),
      ]);
    },
    async up(name) {
      rmSync(down(name), { force: true });
    },
    close: async () => undefined,
  };
}

function realHosts(dir: string, program: string): Hosts {
  const config = join(dir, "config");
  const [key, hostKey] = [join(dir, "key"), join(dir, "host_key")];
  for (const file of [key, hostKey])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  const { username } = userInfo();
  executable(program, `exec ssh -F ${quote(config)} "$@"`);
  writeFileSync(
    config,
    `Host *\n  User ${username}\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${dir}/known_hosts\n  StrictHostKeyChecking yes\n`,
  );
  // A server of root insists on this folder for its unprivileged part.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const servers = new Map<string, { port: number; server?: ReturnType<typeof spawn> | undefined }>();
  const start = async (name: string) => {
    const { port } = servers.get(name) ?? { port: await freePort() };
    const folder = join(dir, "hosts", name);
    const server = spawn(SSHD, ["-D", "-e", "-f", join(folder, "sshd_config")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    server.stderr?.on("data", (chunk) => (said += chunk));
    await until(() => /Server listening/.test(said) || server.exitCode !== null);
    if (server.exitCode !== null) throw new Error(`sshd has ended: ${said}`);
    servers.set(name, { port, server });
  };
  const stop = async (name: string) => {
    const { port, server } = servers.get(name) ?? { port: 0 };
    if (!server) return;
    servers.set(name, { port });
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
    // The processes of its sessions name the port's folder in no argument; their parents were the server.
    for (const pid of connectionsOf(port)) process.kill(pid, "SIGKILL");
  };
  return {
    async add(name, surroundings = {}) {
      const session = prepare(dir, name, surroundings);
      if (servers.has(name)) return;
      const port = await freePort();
      servers.set(name, { port });
      writeFileSync(
        join(dir, "hosts", name, "sshd_config"),
        [
          `Port ${port}`,
          "ListenAddress 127.0.0.1",
          `HostKey ${hostKey}`,
          `AuthorizedKeysFile ${key}.pub`,
          "StrictModes no",
          "UsePAM no",
          "PidFile none",
          "PasswordAuthentication no",
          "KbdInteractiveAuthentication no",
          "PermitRootLogin prohibit-password",
          `ForceCommand ${session}`,
          "",
        ].join("\n"),
      );
      appendFileSync(config, `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n`);
      const [type, value] = readFileSync(`${hostKey}.pub`, "utf8").split(" ");
      appendFileSync(join(dir, "known_hosts"), `[127.0.0.1]:${port} ${type} ${value}\n`);
      await start(name);
    },
    down: stop,
    up: start,
    async close() {
      for (const name of servers.keys()) await stop(name);
    },
  };
}

/** Processes of this user that hold a connection to a port, except this one. */
function connectionsOf(port: number): number[] {
  const script = `for one in /proc/[0-9]*; do
    cat "$one/cmdline" 2>/dev/null | tr '\\0' ' ' | grep -q '^sshd' || continue
    ls -l "$one/fd" 2>/dev/null | grep -o 'socket:\\[[0-9]*\\]' | while read -r socket; do
      inode=\${socket#socket:[}; inode=\${inode%]}
      grep -i ":$0 " /proc/net/tcp | grep -q " $inode " && { basename "$one"; break; }
    done
  done
  true`;
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return execFileSync("sh", ["-c", script, hex], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .map(Number);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || !address) throw new Error("The port is not known");
  return address.port;
}
