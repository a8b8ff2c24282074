import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { WorldPaths } from "./paths.ts";

/** The states that `multipass list` shows, besides `Deleted`, which is a property of its own here. */
export type InstanceState =
  | "Running"
  | "Stopped"
  | "Starting"
  | "Restarting"
  | "Delayed Shutdown"
  | "Suspending"
  | "Suspended"
  | "Unavailable"
  | "Unknown";

/** A mount of a simulated instance. */
export interface MountState {
  source: string;
  type: "classic" | "native";
  uidMappings: string[];
  gidMappings: string[];
}

/** A snapshot of a simulated instance, with what it puts back. */
export interface SnapshotState {
  name: string;
  comment: string;
  parent: string;
  /** As the daemon prints it, in the user's locale format. */
  created: string;
  cpus: number;
  memory: number;
  disk: number;
  bridged: boolean;
  mounts: Record<string, MountState>;
}

/** An instance as the simulated daemon keeps it. Sizes are bytes, moments are simulated milliseconds. */
export interface InstanceStateRecord {
  name: string;
  state: InstanceState;
  deleted: boolean;
  zone: string;
  cpus: number;
  memory: number;
  disk: number;
  /** The image argument of the launch. */
  image: string;
  imageHash: string;
  /** `image_release` in `info`. */
  imageRelease: string;
  /** `release` in `list`. */
  listRelease: string;
  /** `PRETTY_NAME` of the guest. */
  guestRelease: string;
  ipv4: string;
  mac: string;
  networks: { id: string; mode: string; mac: string }[];
  bridged: boolean;
  mounts: Record<string, MountState>;
  snapshots: Record<string, SnapshotState>;
  snapshotsTaken: number;
  cloneCount: number;
  currentSnapshot: string;
  /** The user-data given at launch. */
  cloudInit: string;
  /** When the present boot started, when SSH answers, when cloud-init is over. */
  bootedAt: number;
  sshAt: number;
  cloudInitAt: number;
  /** How often the guest has booted. */
  boots: number;
  /** The end of a delayed shutdown. */
  shutdownAt?: number | undefined;
  /** State to go back to when a zone becomes available again. */
  wasRunning?: boolean | undefined;
}

/** What the simulated daemon has of the image servers' lists. */
export interface ImageListState {
  status: "not fetched" | "fetching" | "good" | "failed" | "empty";
  error?: string | undefined;
  /** Fetches begun since the world's start. */
  fetches: number;
  /** When the last of them began. */
  fetchedAt?: number;
  /** The HTTP cache holds a list from an earlier fetch. */
  cached: boolean;
  nextFetchAt?: number | undefined;
}

/** Everything that a simulated host remembers. */
export interface World {
  format: 1;
  version: string;
  seed: number;
  timeScale: number;
  /** Real time of the world's start, in milliseconds since the epoch. */
  startedAt: number;
  daemon: { status: "not started" | "running" | "stopped"; starts: number; startsAt?: number | undefined };
  settings: Record<string, string>;
  passphrase: string;
  trustedClients: string[];
  zones: Record<string, { available: boolean; subnet: string }>;
  imageList: ImageListState;
  instances: Record<string, InstanceStateRecord>;
  /** Names in phase F of a launch, or being cloned: invisible to clients. */
  preparing: Record<string, { since: number; phase: string }>;
  /** Image records that an interrupted launch left behind, by name. */
  staleImages: Record<string, { image: string; cloudInit: string }>;
  /** Source images in the daemon's cache. */
  cachedImages: string[];
  /** How often each part of the fault plan has been used. */
  faultUse: Record<string, number>;
  launches: number;
  addresses: number;
}

export function newWorld(version: string, seed: number, timeScale: number, startedAt: number): World {
  return {
    format: 1,
    version,
    seed,
    timeScale,
    startedAt,
    daemon: { status: "not started", starts: 0 },
    settings: {},
    passphrase: "",
    trustedClients: [],
    zones: {
      zone1: { available: true, subnet: "10.97.0.0/24" },
      zone2: { available: true, subnet: "10.97.1.0/24" },
      zone3: { available: true, subnet: "10.97.2.0/24" },
    },
    imageList: { status: "not fetched", fetches: 0, cached: false },
    instances: {},
    preparing: {},
    staleImages: {},
    cachedImages: [],
    faultUse: {},
    launches: 0,
    addresses: 0,
  };
}

/** Replaces a file so that a process killed at any moment leaves the old or the new content, never a part. */
export function replaceFile(path: string, content: string): void {
  // Only kills are to be survived, not power failures: without fsync a save takes microseconds.
  writeFileAtomic.sync(path, content, { fsync: false });
}

/** The state on disk. One process writes it; anyone may read it at any time. */
export class WorldStore {
  readonly paths: WorldPaths;
  readonly world: World;

  constructor(paths: WorldPaths, world: World) {
    this.paths = paths;
    this.world = world;
  }

  save(): void {
    replaceFile(this.paths.world, JSON.stringify(this.world, null, 1));
  }

  guestFile(name: string): string {
    return join(this.paths.guests, `${name}.json`);
  }

  saveGuest(name: string, content: string): void {
    mkdirSync(this.paths.guests, { recursive: true });
    replaceFile(this.guestFile(name), content);
  }

  loadGuest(name: string): string | undefined {
    try {
      return readFileSync(this.guestFile(name), "utf8");
    } catch {
      return undefined;
    }
  }

  removeGuest(name: string): void {
    rmSync(this.guestFile(name), { force: true });
  }
}

export function readWorld(path: string): World | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as World;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
