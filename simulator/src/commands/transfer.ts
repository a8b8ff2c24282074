import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, posix, resolve } from "node:path";
import type { CommandContext } from "../cli/context.ts";
import { ClientExit } from "../cli/errors.ts";
import { logLine } from "../daemon/log-line.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import { GuestFileError, ubuntu } from "../guest/file-system.ts";
import type { Command } from "./command.ts";

interface Place {
  /** Undefined for the client's side. */
  instance: string | undefined;
  path: string;
}

function parsePlace(text: string): Place {
  const separator = text.indexOf(":");
  // On Windows, one letter before the colon is a drive.
  const drive = process.platform === "win32" && separator === 1;
  if (separator < 0 || drive) return { instance: undefined, path: text };
  return { instance: text.slice(0, separator), path: text.slice(separator + 1) };
}

const guestPath = (path: string) => posix.resolve(ubuntu.home, path);

/** Copies between the client's files and a guest's, and reports failures file by file. */
class Transfer {
  readonly #context: CommandContext;
  readonly #daemon: Multipassd;
  readonly #parents: boolean;
  readonly #recursive: boolean;
  failed = false;

  constructor(
    context: CommandContext,
    daemon: Multipassd,
    options: { parents: boolean; recursive: boolean },
  ) {
    this.#context = context;
    this.#daemon = daemon;
    this.#parents = options.parents;
    this.#recursive = options.recursive;
  }

  #report(text: string): void {
    this.failed = true;
    this.#context.err(logLine("sftp", text));
  }

  /** Copies one file. A failure does not stop the other copies. */
  #attempt(describe: (cause: string) => string, copy: () => void): void {
    try {
      copy();
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      const cause = { "No such file or directory": "No such file" }[error.message] ?? error.message;
      this.#report(describe(cause));
    }
  }

  push(source: string, name: string, target: string): void {
    const files = this.#daemon.disks.files(name);
    const local = resolve(this.#context.io.cwd, source);
    if (!existsSync(local)) {
      this.#report(`cannot access ${source}: No such file or directory`);
      return;
    }
    const directory = statSync(local).isDirectory();
    if (directory && !this.#recursive) {
      this.#report(`omitting directory ${source}: recursive option not specified`);
      return;
    }
    let path = guestPath(target);
    if (files.stat(path)?.type === "directory") path = posix.join(path, basename(local));
    this.#attempt(
      (cause) => `cannot open remote file ${path}: SFTP server: ${cause}`,
      () => {
        if (this.#parents) files.makeDirectory(posix.dirname(path), ubuntu, true);
        this.#pushTree(local, name, path);
      },
    );
  }

  #pushTree(local: string, name: string, path: string): void {
    const files = this.#daemon.disks.files(name);
    if (!statSync(local).isDirectory()) {
      files.write(path, readFileSync(local), ubuntu);
      if (process.platform !== "win32") files.changeMode(path, ubuntu, () => statSync(local).mode & 0o777);
      return;
    }
    files.makeDirectory(path, ubuntu, true);
    for (const entry of readdirSync(local)) this.#pushTree(join(local, entry), name, posix.join(path, entry));
  }

  pull(name: string, source: string, target: string): void {
    const files = this.#daemon.disks.files(name);
    const path = guestPath(source);
    let local = resolve(this.#context.io.cwd, target);
    const node = files.stat(path);
    if (node?.type === "directory" && !this.#recursive) {
      this.#report(`omitting directory ${source}: recursive option not specified`);
      return;
    }
    if (existsSync(local) && statSync(local).isDirectory()) local = join(local, posix.basename(path));
    if (this.#parents) mkdirSync(dirname(local), { recursive: true });
    if (!existsSync(dirname(local))) {
      this.#report(`cannot open local file ${target}: No such file or directory`);
      return;
    }
    this.#attempt(
      (cause) => `cannot open remote file ${path}: SFTP server: ${cause}`,
      () => this.#pullTree(name, path, local),
    );
  }

  #pullTree(name: string, path: string, local: string): void {
    const files = this.#daemon.disks.files(name);
    const node = files.stat(path);
    if (node?.type !== "directory") {
      writeFileSync(local, files.read(path, ubuntu));
      chmodSync(local, node?.mode ?? 0o644);
      return;
    }
    mkdirSync(local, { recursive: true });
    for (const entry of files.list(path, ubuntu))
      this.#pullTree(name, posix.join(path, entry), join(local, entry));
  }

  writeGuest(name: string, target: string, data: Buffer): void {
    const files = this.#daemon.disks.files(name);
    const path = guestPath(target);
    this.#attempt(
      (cause) => `cannot open remote file ${path}: SFTP server: ${cause}`,
      () => {
        if (this.#parents) files.makeDirectory(posix.dirname(path), ubuntu, true);
        files.write(path, data, ubuntu);
      },
    );
  }

  readGuest(name: string, source: string): void {
    const path = guestPath(source);
    this.#attempt(
      (cause) => `cannot open remote file ${path}: SFTP server: ${cause}`,
      () => this.#context.io.out(this.#daemon.disks.files(name).read(path, ubuntu)),
    );
  }
}

export const transfer: Command = {
  options: () => [{ names: ["r", "recursive"] }, { names: ["p", "parents"] }],
  async run(context, args) {
    const places = args.positional.map(parsePlace);
    const target = places.pop();
    if (target === undefined || places.length === 0) throw new ClientExit("Not enough arguments given");
    const names = [
      ...new Set([...places, target].flatMap(({ instance }) => (instance === undefined ? [] : [instance]))),
    ];
    if (names.length === 0)
      throw new ClientExit("An instance name is needed for either source or destination");
    if (target.instance !== undefined && places.some(({ instance }) => instance !== undefined)) {
      throw new ClientExit("Cannot transfer files between instances");
    }
    const daemon = await context.daemon();
    const lives: AbortSignal[] = [];
    for (const name of names) {
      const instance = await daemon.main.run(() => daemon.guests.reachable(name));
      const failure = daemon.guests.sshFailure(instance);
      if (failure !== undefined) {
        // The client connects on its own here and prints the failure without a prefix.
        context.err(`${failure}\n`);
        return 2;
      }
      lives.push(daemon.processes.lifeOf(name));
    }
    const options = { parents: args.has("parents"), recursive: args.has("recursive") };
    const work = new Transfer(context, daemon, options);
    for (const { instance, path } of places) {
      if (target.instance !== undefined) {
        if (path === "-" && instance === undefined) {
          const data = await context.io.readStdin();
          // The instance may have stopped while the client waited for its data.
          if (lives.some(({ aborted }) => aborted)) {
            context.err("[sftp] cannot write to remote file: Socket error: disconnected\n");
            return 2;
          }
          work.writeGuest(target.instance, target.path, data);
        } else work.push(path, target.instance, target.path);
      } else if (instance !== undefined) {
        if (target.path === "-") work.readGuest(instance, path);
        else work.pull(instance, path, target.path);
      }
    }
    for (const name of names) daemon.disks.save(name);
    return work.failed ? 2 : 0;
  },
};
