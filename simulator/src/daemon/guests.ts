import { hash } from "node:crypto";
import { parse as parseYaml } from "yaml";
import { RpcError } from "../cli/errors.ts";
import { durationMs } from "../duration.ts";
import { execute, runScript } from "../guest/execute.ts";
import { type GuestUser, root, ubuntu } from "../guest/file-system.ts";
import type { GuestMachine, Process, Streams } from "../guest/process.ts";
import type { InstanceStateRecord } from "../world.ts";
import { isUp } from "./instances.ts";
import type { Life } from "./life.ts";
import type { Processes } from "./processes.ts";

/** The file that marks the end of cloud-init. */
const BOOT_FINISHED = "/var/lib/cloud/instance/boot-finished";
/** Written before the user's commands begin, so that a guest they reboot does not run them again. */
const COMMANDS_BEGUN = "/var/lib/cloud/instance/sem/config_scripts_user";

/** The systems inside the instances. */
export class Guests {
  readonly #life: Life;
  readonly #processes: Processes;
  readonly #power: (instance: InstanceStateRecord, deed: "off" | "reboot") => void;
  /** Resolved when the last boot's cloud-init has finished or was cut off. */
  readonly #cloudInits = new Map<string, Promise<void>>();

  constructor(
    life: Life,
    processes: Processes,
    power: (instance: InstanceStateRecord, deed: "off" | "reboot") => void,
  ) {
    this.#life = life;
    this.#processes = processes;
    this.#power = power;
  }

  /** Does what cloud-init does at the first boot, as far as a simulated guest can. */
  firstBoot(instance: InstanceStateRecord): void {
    const files = this.#life.disks.files(instance.name);
    const put = (path: string, text: string) => files.write(path, Buffer.from(text), root);
    put("/etc/hostname", `${instance.name}\n`);
    put("/etc/machine-id", `${hash("md5", instance.name)}\n`);
    put("/etc/os-release", `PRETTY_NAME="${instance.guestRelease}"\nNAME="Ubuntu"\nID=ubuntu\n`);
    files.makeDirectory("/var/lib/cloud/instance", root, true);
    put("/var/lib/cloud/instance/user-data.txt", instance.cloudInit);
    put("/var/log/cloud-init-output.log", "Cloud-init finished\n");
    const module = "modules-final/config-scripts_user: running config-scripts_user";
    put("/var/log/cloud-init.log", `handlers.py[DEBUG]: start: ${module} with frequency once-per-instance\n`);
    const config = readUserData(instance.cloudInit);
    for (const entry of config.write_files) {
      const encoded = /b64|base64/.test(entry.encoding ?? "");
      const data = Buffer.from(String(entry.content ?? ""), encoded ? "base64" : "utf8");
      files.makeDirectory(entry.path.replace(/\/[^/]*$/, "") || "/", root, true);
      files.write(entry.path, data, root, entry.append === true);
      const { permissions = 0o644 } = entry;
      const mode = typeof permissions === "number" ? permissions : Number.parseInt(permissions, 8);
      files.changeMode(entry.path, root, () => mode);
      if (entry.owner?.startsWith("ubuntu")) files.changeOwner(entry.path, root, ubuntu.uid, ubuntu.gid);
    }
    this.#life.disks.save(instance.name);
  }

  cloudInitFinished({ name }: InstanceStateRecord): boolean {
    return this.#life.disks.files(name).exists(BOOT_FINISHED);
  }

  /**
   * Finishes cloud-init unless it has already finished: runs its commands, then writes its marker. It ends
   * with the VM process, and is called again when the guest boots or resumes. Commands that the guest does
   * not know do nothing.
   */
  continueCloudInit(instance: InstanceStateRecord): void {
    if (this.cloudInitFinished(instance)) return;
    const silent: Streams = { read: async () => Buffer.alloc(0), out: () => undefined, err: () => undefined };
    const finish = async () => {
      const process = this.#process(instance, root, silent);
      const due = () => instance.cloudInitAt;
      const outcome = await this.#processes.waitUntil(instance, due, Number.POSITIVE_INFINITY);
      if (outcome !== "up") return;
      const { files } = process.machine;
      const commands = files.exists(COMMANDS_BEGUN) ? [] : readUserData(instance.cloudInit).runcmd;
      files.makeDirectory("/var/lib/cloud/instance/sem", root, true);
      files.write(COMMANDS_BEGUN, Buffer.from(""), root);
      for (const command of commands) {
        await (typeof command === "string"
          ? runScript(command, process)
          : execute(command.map(String), process));
        // A command that shuts the guest down ends before the guest does.
        await new Promise(setImmediate);
        process.signal.throwIfAborted();
      }
      process.signal.throwIfAborted();
      files.write(BOOT_FINISHED, Buffer.from("finished\n"), root);
      this.#life.disks.save(instance.name);
    };
    this.#cloudInits.set(
      instance.name,
      finish().catch(() => undefined),
    );
  }

  /** Resolves when cloud-init has ended in this boot, or when the guest went down before that. */
  async cloudInitEnded({ name }: InstanceStateRecord): Promise<void> {
    await this.#cloudInits.get(name);
  }

  /** The error text if SSH into a running instance fails now; undefined if it works. */
  sshFailure(instance: InstanceStateRecord): string | undefined {
    const { faults, clock } = this.#life;
    const { sshFlaky = 0, sshError = "Connection refused", refusesKey } = faults.guest(instance.name);
    if (refusesKey && instance.sshAt <= clock.now()) {
      return "ssh failed to authenticate: 'Access denied for 'publickey'. Authentication that can continue: publickey'";
    }
    if (instance.sshAt > clock.now() || (sshFlaky > 0 && faults.random() < sshFlaky)) {
      return `ssh connection failed: '${sshError}'`;
    }
    return undefined;
  }

  /** The checks of `exec` and `transfer` before they connect. */
  reachable(name: string): InstanceStateRecord {
    const instance = this.#life.instances.select([name], "refuse")[0] as InstanceStateRecord;
    if (instance.state === "Unknown") throw new RpcError("Cannot retrieve credentials in unknown state");
    if (
      instance.state === "Delayed Shutdown" &&
      (instance.shutdownAt ?? 0) - this.#life.clock.now() < 60_000
    ) {
      throw new RpcError(
        `"${name}" is scheduled to shut down in less than a minute, use 'multipass stop --cancel ${name}' to cancel the shutdown.`,
      );
    }
    if (!isUp(instance)) {
      throw new RpcError(`instance "${name}" is not running`, "not running");
    }
    return instance;
  }

  /**
   * Runs a command as the guest's user `ubuntu`.
   *
   * @returns the exit code
   * @throws MachineGone when the instance goes down during the command
   */
  async run(
    instance: InstanceStateRecord,
    words: string[],
    cwd: string | undefined,
    io: Streams,
  ): Promise<number> {
    const process = this.#process(instance, ubuntu, io);
    if (cwd !== undefined) {
      if (process.machine.files.stat(cwd)?.type !== "directory") {
        io.err(`bash: line 1: cd: ${cwd}: No such file or directory\n`);
        return 1;
      }
      process.cwd = cwd;
    }
    const { signal } = process;
    let leave = () => {};
    // The command may be waiting for the client's stdin, and nothing in the guest interrupts that.
    const gone = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener("abort", leave);
    });
    try {
      return await Promise.race([execute(words, process), gone]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (!signal.aborted) this.#life.disks.save(instance.name);
    }
  }

  #process(instance: InstanceStateRecord, user: GuestUser, io: Streams): Process {
    const env = new Map([
      ["HOME", user.home],
      ["USER", user.name],
      ["LOGNAME", user.name],
      ["SHELL", "/bin/bash"],
      ["LANG", "C.UTF-8"],
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"],
    ]);
    const signal = this.#processes.lifeOf(instance.name);
    return { machine: this.#machine(instance), user, cwd: user.home, env, io, signal };
  }

  #machine(instance: InstanceStateRecord): GuestMachine {
    const { clock, faults } = this.#life;
    const uptime = () => clock.now() - instance.bootedAt;
    const plan = () => faults.guest(instance.name);
    const openPorts = () => (plan().ports ?? []).filter(({ after }) => durationMs(after) <= uptime());
    return {
      name: instance.name,
      files: this.#life.disks.files(instance.name),
      cpus: instance.cpus,
      memory: instance.memory,
      ipv4: instance.ipv4,
      release: instance.guestRelease,
      uptime,
      date: () => clock.date(),
      random: faults.guestRandom,
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
      untilCloudInit: () => Math.max(0, instance.cloudInitAt - clock.now()),
      cloudInit: () => ({
        outcome: plan().cloudInit ?? "done",
        running: instance.cloudInitAt > clock.now() || !this.cloudInitFinished(instance),
        errors:
          plan().cloudInitErrors ??
          (plan().cloudInit === "error" ? ["('scripts_user', RuntimeError('Runparts: 1 failures'))"] : []),
        recoverableErrors:
          plan().cloudInitRecoverableErrors ??
          (plan().cloudInit === "degraded" ? { WARNING: ["Failed posting event"] } : {}),
      }),
      port: (number) => openPorts().find(({ port }) => port === number),
      listening: () => openPorts().map(({ port }) => port),
      online: (host) => faults.network(clock.now(), host) === "good",
      scripted: (line) => faults.guestCommand(instance.name, line, uptime()),
      // A system goes down a moment after the request, so the requesting command still ends.
      power: (deed) => void setImmediate(() => this.#power(instance, deed)),
    };
  }
}

interface WrittenFile {
  path: string;
  /** A value that looks like a number or a boolean arrives as one. */
  content?: unknown;
  encoding?: string;
  permissions?: string | number;
  owner?: string;
  append?: boolean;
}

const isCommand = (entry: unknown) => entry === null || typeof entry === "string" || Array.isArray(entry);

/** The parts of user-data that have an effect in a simulated guest. */
function readUserData(text: string): { write_files: WrittenFile[]; runcmd: (string | string[])[] } {
  let document: unknown;
  try {
    document = parseYaml(text, { version: "1.1", uniqueKeys: false, logLevel: "error" });
  } catch {
    document = undefined;
  }
  const { write_files, runcmd } = (document ?? {}) as {
    write_files?: WrittenFile[];
    runcmd?: (string | string[])[];
  };
  return {
    write_files: Array.isArray(write_files) ? write_files.filter(({ path }) => typeof path === "string") : [],
    // A single entry that is not a command makes cloud-init fail for all of them.
    runcmd:
      Array.isArray(runcmd) && runcmd.every(isCommand) ? runcmd.filter((command) => command !== null) : [],
  };
}
