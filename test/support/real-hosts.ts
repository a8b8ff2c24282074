// cspell:ignore SHLVL
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { quote } from "../../provider/driver/guest-command.ts";
import { controlFolder } from "../../provider/driver/transport/control-folder.ts";
import { executable, type Hosts, prepare } from "./host-session.ts";
import { until } from "./run.ts";

export const SSHD = "/usr/sbin/sshd";

/** Ends the server's process above this one. */
const CUTTER = `pid=$$
while [ "\${pid:-0}" -gt 1 ]; do
  case "$(ps -o args= -p "$pid")" in sshd*) kill -9 "$pid"; break ;; esac
  pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
done`;

/** Hosts behind real servers, and the user's own `ssh`. */
export function realHosts(dir: string, program: string): Hosts {
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
  const logs = new Map<string, string>();
  const start = async (name: string) => {
    const { port } = servers.get(name) ?? { port: await freePort() };
    const folder = join(dir, "hosts", name);
    const server = spawn(SSHD, ["-D", "-e", "-f", join(folder, "sshd_config")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    const earlier = logs.get(name) ?? "";
    server.stderr?.on("data", (chunk) => {
      said += chunk;
      logs.set(name, earlier + said);
    });
    await until(() => /Server listening/.test(said) || server.exitCode !== null);
    if (server.exitCode !== null) throw new Error(`sshd has ended: ${said}`);
    servers.set(name, { port, server });
  };
  // The processes of a server's sessions name it in no argument, and can outlive it.
  const cut = async (name: string) => {
    const { port, server } = servers.get(name) ?? { port: 0 };
    for (const pid of connectionsOf(port)) if (pid !== server?.pid) kill(pid);
  };
  const stop = async (name: string) => {
    const { port, server } = servers.get(name) ?? { port: 0 };
    if (!server) return;
    servers.set(name, { port });
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
    await cut(name);
  };
  return {
    async add(name, surroundings = {}) {
      const session = prepare(dir, name, surroundings, CUTTER);
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
          "LogLevel VERBOSE",
          "PasswordAuthentication no",
          "KbdInteractiveAuthentication no",
          "PermitRootLogin prohibit-password",
          // Otherwise, Bash runs the user's own `.bashrc` in each session, whatever that costs and prints.
          "SetEnv SHLVL=2",
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
    cut,
    async killSsh(name) {
      const path = `ControlPath=${controlFolder()}/%C`;
      const { stderr } = spawnSync(program, ["-O", "check", "-o", path, name], { encoding: "utf8" });
      const [, pid] = /pid=(\d+)/.exec(stderr) ?? [];
      if (pid !== undefined) kill(Number(pid));
    },
    counts(name) {
      const count = (words: RegExp) => logs.get(name)?.match(words)?.length ?? 0;
      return { connections: count(/^Accepted publickey/gm), sessions: count(/^Starting session/gm) };
    },
    async close() {
      for (const name of servers.keys()) await stop(name);
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Processes of servers that hold a connection to a port. */
function connectionsOf(port: number): number[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote]) => local?.endsWith(ending) || remote?.endsWith(ending))
    .map((fields) => `socket:[${fields[9]}]`);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && readIfThere(`/proc/${entry}/cmdline`).startsWith("sshd"))
    .filter((pid) => linksIn(`/proc/${pid}/fd`).some((link) => sockets.includes(link)))
    .map(Number);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function linksIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(join(folder, name)));
  } catch {
    return [];
  }
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
