import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The files of a simulated world. */
export interface WorldPaths {
  readonly root: string;
  /** The options of `startSimulator`, for `attachSimulator` and for the daemon's next start. */
  readonly options: string;
  /** All state of the simulated host, replaced atomically. */
  readonly world: string;
  /** One file per instance, with its guest's files. */
  readonly guests: string;
  /** One JSON line when a client starts, and one when it ends. */
  readonly calls: string;
  /** Settings that every client reads at its start. */
  readonly clientConfig: string;
  readonly clientScript: string;
  /** Per-client settings and aliases, by a digest of the client's HOME. The real HOME is never used. */
  readonly clients: string;
  readonly rootCertificate: string;
  readonly bin: string;
  readonly socket: string;
  readonly control: string;
}

/** Unix socket paths are limited to 108 bytes on Linux and 104 on macOS. */
const LONGEST_SOCKET_PATH = 100;

function socketPath(root: string, name: string): string {
  const digest = createHash("sha256").update(root).digest("hex").slice(0, 16);
  if (process.platform === "win32") return `\\\\.\\pipe\\pulumi-multipass-${digest}-${name}`;
  const inside = join(root, `${name}.sock`);
  return Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH
    ? inside
    : join(tmpdir(), `mps-${digest}-${name}.sock`);
}

export function worldPaths(root: string): WorldPaths {
  return {
    root,
    options: join(root, "simulator.json"),
    world: join(root, "world.json"),
    guests: join(root, "guests"),
    calls: join(root, "calls.jsonl"),
    clientConfig: join(root, "client.json"),
    clientScript: join(root, "client.mjs"),
    clients: join(root, "clients"),
    rootCertificate: join(root, "data", "multipassd", "multipass_root_cert.pem"),
    bin: join(root, "bin", process.platform === "win32" ? "multipass.cmd" : "multipass"),
    socket: socketPath(root, "multipass"),
    control: socketPath(root, "control"),
  };
}
