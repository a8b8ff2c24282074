import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a simulated world keeps its things. */
export interface WorldPaths {
  readonly root: string;
  /** What `startSimulator` was told, for `attachSimulator` and for the daemon's next start. */
  readonly options: string;
  /** All state of the simulated host, replaced atomically. */
  readonly world: string;
  /** One file an instance, with its guest's files. */
  readonly guests: string;
  /** One JSON line at the start of every client, one at its end. */
  readonly calls: string;
  /** What the client needs to know, read at its every start. */
  readonly clientConfig: string;
  readonly clientScript: string;
  /** Per-client settings and aliases, by a digest of the client's HOME: never the real HOME. */
  readonly clients: string;
  readonly rootCertificate: string;
  readonly bin: string;
  readonly socket: string;
  readonly control: string;
}

/** Unix socket paths end at 108 bytes on Linux and 104 on macOS. */
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
