import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, posix } from "node:path";

export interface GuestUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}
export const root: GuestUser = { name: "root", uid: 0, gid: 0, home: "/root" };
export const ubuntu: GuestUser = { name: "ubuntu", uid: 1000, gid: 1000, home: "/home/ubuntu" };

export interface GuestNode {
  type: "file" | "directory" | "link";
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since the epoch. */
  mtime: number;
  /** Content in Base64 for files; the target for links. */
  data?: string;
}

/** A failed file operation, with the C library's message for it. */
export class GuestFileError extends Error {}

const missing = () => new GuestFileError("No such file or directory");
const denied = () => new GuestFileError("Permission denied");

/** The files of a simulated guest, with owners and modes. Mounted host directories show the host's files. */
export class GuestFileSystem {
  readonly #nodes: Map<string, GuestNode>;
  readonly #mounts: () => Record<string, string>;
  readonly #now: () => number;
  /** Whether there are unsaved changes. */
  dirty = false;

  constructor(
    nodes: Record<string, GuestNode>,
    mounts: () => Record<string, string>,
    now: () => number = () => Date.now(),
  ) {
    this.#nodes = new Map(Object.entries(nodes));
    this.#mounts = mounts;
    this.#now = now;
    if (this.#nodes.size === 0) this.#format();
  }

  #format(): void {
    const directories = ["/", "/etc", "/home", "/mnt", "/opt", "/root", "/run", "/srv", "/usr", "/usr/bin"];
    directories.push("/usr/local", "/usr/local/bin", "/var", "/var/lib", "/var/log", "/var/tmp", "/tmp");
    for (const path of directories) this.#add(path, "directory", path.endsWith("tmp") ? 0o1777 : 0o755, root);
    this.#add("/home/ubuntu", "directory", 0o750, ubuntu);
    this.#add("/dev", "directory", 0o755, root);
  }

  #add(path: string, type: GuestNode["type"], mode: number, user: GuestUser, data?: Buffer): GuestNode {
    const node: GuestNode = { type, mode, uid: user.uid, gid: user.gid, mtime: this.#now() };
    if (data) node.data = data.toString("base64");
    this.#nodes.set(path, node);
    this.dirty = true;
    return node;
  }

  serialize(): string {
    this.dirty = false;
    return JSON.stringify(Object.fromEntries(this.#nodes));
  }

  /** The host path of a guest path inside a mount; undefined outside mounts. */
  #hostPath(path: string): string | undefined {
    for (const [target, source] of Object.entries(this.#mounts())) {
      if (path === target) return source;
      if (path.startsWith(`${target}/`)) return join(source, path.slice(target.length + 1));
    }
    return undefined;
  }

  /** Follows links. */
  resolve(path: string, depth = 0): string {
    const normal = posix.normalize(path).replace(/(.)\/$/, "$1");
    if (depth > 16) throw new GuestFileError("Too many levels of symbolic links");
    const parts = normal.split("/").filter(Boolean);
    let current = "";
    for (const [index, part] of parts.entries()) {
      current += `/${part}`;
      const node = this.#nodes.get(current);
      if (node?.type === "link") {
        const target = posix.resolve(posix.dirname(current), node.data ?? "");
        return this.resolve(posix.join(target, ...parts.slice(index + 1)), depth + 1);
      }
    }
    return current || "/";
  }

  stat(path: string, follow = true): (GuestNode & { size: number }) | undefined {
    const resolved = follow
      ? this.resolve(path)
      : posix.join(this.resolve(posix.dirname(path)), posix.basename(path));
    const hostPath = this.#hostPath(resolved);
    if (hostPath !== undefined) {
      if (!existsSync(hostPath)) return undefined;
      const { mode, size, mtimeMs } = statSync(hostPath);
      const type = statSync(hostPath).isDirectory() ? "directory" : "file";
      return { type, mode: mode & 0o7777, uid: ubuntu.uid, gid: ubuntu.gid, mtime: mtimeMs, size };
    }
    if (resolved === "/dev/null") return { type: "file", mode: 0o666, uid: 0, gid: 0, mtime: 0, size: 0 };
    const node = this.#nodes.get(resolved);
    if (!node) return undefined;
    return { ...node, size: node.type === "file" ? Buffer.from(node.data ?? "", "base64").length : 4096 };
  }

  exists(path: string): boolean {
    return this.stat(path) !== undefined;
  }

  permits(path: string, user: GuestUser, wanted: "r" | "w" | "x"): boolean {
    const node = this.stat(path);
    if (!node) return false;
    const bit = { r: 4, w: 2, x: 1 }[wanted];
    if (user.uid === 0) return wanted !== "x" || node.type === "directory" || (node.mode & 0o111) !== 0;
    const shift = node.uid === user.uid ? 6 : node.gid === user.gid ? 3 : 0;
    return ((node.mode >> shift) & bit) !== 0;
  }

  read(path: string, user: GuestUser): Buffer {
    const resolved = this.resolve(path);
    if (resolved === "/dev/null") return Buffer.alloc(0);
    const node = this.stat(resolved);
    if (!node) throw missing();
    if (node.type === "directory") throw new GuestFileError("Is a directory");
    if (!this.permits(resolved, user, "r")) throw denied();
    const hostPath = this.#hostPath(resolved);
    return hostPath === undefined ? Buffer.from(node.data ?? "", "base64") : readFileSync(hostPath);
  }

  write(path: string, data: Uint8Array, user: GuestUser, append = false): void {
    const resolved = this.resolve(path);
    if (resolved === "/dev/null") return;
    const node = this.stat(resolved);
    if (node?.type === "directory") throw new GuestFileError("Is a directory");
    const hostPath = this.#hostPath(resolved);
    if (hostPath !== undefined) {
      if (!existsSync(join(hostPath, ".."))) throw missing();
      if (append) appendFileSync(hostPath, data);
      else writeFileSync(hostPath, data);
      return;
    }
    if (node) {
      if (!this.permits(resolved, user, "w")) throw denied();
      const old = append ? Buffer.from(node.data ?? "", "base64") : Buffer.alloc(0);
      const own = this.#nodes.get(resolved) as GuestNode;
      own.data = Buffer.concat([old, data]).toString("base64");
      own.mtime = this.#now();
      this.dirty = true;
      return;
    }
    this.#checkParent(resolved, user);
    this.#add(resolved, "file", 0o644, user, Buffer.from(data));
  }

  #checkParent(path: string, user: GuestUser): void {
    const parent = posix.dirname(path);
    const node = this.stat(parent);
    if (!node) throw missing();
    if (node.type !== "directory") throw new GuestFileError("Not a directory");
    if (!this.permits(parent, user, "w")) throw denied();
  }

  makeDirectory(path: string, user: GuestUser, parents: boolean): void {
    const resolved = this.resolve(path);
    const node = this.stat(resolved);
    if (node) {
      if (parents && node.type === "directory") return;
      throw new GuestFileError("File exists");
    }
    if (parents && resolved !== "/") this.makeDirectory(posix.dirname(resolved), user, true);
    const hostPath = this.#hostPath(resolved);
    if (hostPath !== undefined) {
      mkdirSync(hostPath);
      return;
    }
    this.#checkParent(resolved, user);
    this.#add(resolved, "directory", 0o755, user);
  }

  link(target: string, path: string, user: GuestUser): void {
    if (this.stat(path, false)) throw new GuestFileError("File exists");
    this.#checkParent(this.resolve(path), user);
    this.#add(this.resolve(path), "link", 0o777, user).data = target;
  }

  list(path: string, user: GuestUser): string[] {
    const resolved = this.resolve(path);
    const node = this.stat(resolved);
    if (!node) throw missing();
    if (node.type !== "directory") throw new GuestFileError("Not a directory");
    if (!this.permits(resolved, user, "r")) throw denied();
    const hostPath = this.#hostPath(resolved);
    if (hostPath !== undefined) return readdirSync(hostPath).sort();
    const prefix = resolved === "/" ? "/" : `${resolved}/`;
    const names = [...this.#nodes.keys(), ...Object.keys(this.#mounts())]
      .filter((name) => name.startsWith(prefix) && name !== resolved)
      .map((name) => name.slice(prefix.length).split("/")[0] as string)
      .filter((name) => name !== "");
    return [...new Set(names)].sort();
  }

  remove(path: string, user: GuestUser): void {
    const resolved = posix.join(this.resolve(posix.dirname(path)), posix.basename(path));
    const hostPath = this.#hostPath(resolved);
    if (hostPath !== undefined) {
      rmSync(hostPath, { recursive: true, force: true });
      return;
    }
    this.#checkParent(resolved, user);
    for (const name of [...this.#nodes.keys()]) {
      if (name === resolved || name.startsWith(`${resolved}/`)) this.#nodes.delete(name);
    }
    this.dirty = true;
  }

  move(from: string, to: string, user: GuestUser): void {
    const source = this.resolve(from);
    const target = this.resolve(to);
    const [hostSource, hostTarget] = [this.#hostPath(source), this.#hostPath(target)];
    if (hostSource !== undefined && hostTarget !== undefined) {
      renameSync(hostSource, hostTarget);
      return;
    }
    this.#checkParent(source, user);
    this.copy(source, target, user, true);
    this.remove(source, user);
  }

  copy(from: string, to: string, user: GuestUser, keepOwner = false): void {
    const source = this.stat(from);
    if (!source) throw missing();
    if (source.type === "directory") {
      this.makeDirectory(to, user, true);
      for (const name of this.list(from, user))
        this.copy(posix.join(from, name), posix.join(to, name), user, keepOwner);
    } else {
      this.write(to, this.read(from, user), user);
    }
    const node = this.#nodes.get(this.resolve(to));
    if (!node) return;
    node.mode = source.mode;
    if (keepOwner) Object.assign(node, { uid: source.uid, gid: source.gid, mtime: source.mtime });
  }

  changeMode(path: string, user: GuestUser, mode: (old: number, directory: boolean) => number): void {
    this.#change(path, user, (node) => {
      node.mode = mode(node.mode, node.type === "directory");
    });
  }

  changeOwner(path: string, user: GuestUser, uid: number | undefined, gid: number | undefined): void {
    if (user.uid !== 0 && uid !== undefined && uid !== user.uid)
      throw new GuestFileError("Operation not permitted");
    this.#change(path, user, (node) => {
      node.uid = uid ?? node.uid;
      node.gid = gid ?? node.gid;
    });
  }

  touch(path: string, user: GuestUser): void {
    if (!this.exists(path)) this.write(path, Buffer.alloc(0), user);
    else
      this.#change(path, user, (node) => {
        node.mtime = this.#now();
      });
  }

  #change(path: string, user: GuestUser, change: (node: GuestNode) => void): void {
    const resolved = this.resolve(path);
    if (this.#hostPath(resolved) !== undefined) return;
    const node = this.#nodes.get(resolved);
    if (!node) throw missing();
    if (user.uid !== 0 && user.uid !== node.uid) throw new GuestFileError("Operation not permitted");
    change(node);
    this.dirty = true;
  }
}
