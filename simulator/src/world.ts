/** The states that `multipass list` shows, except `Deleted`, which is a separate property here. */
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
  /** Absolute path of the folder on the host. */
  source: string;
  /** How it is mounted: over SSH (`classic`), or by the hypervisor (`native`). */
  type: "classic" | "native";
  /** User ids, each as `HOST:INSTANCE`. */
  uidMappings: string[];
  /** Group ids, each as `HOST:INSTANCE`. */
  gidMappings: string[];
  /**
   * The daemon shows the mount but does not make it: a `restore` left it so, until the daemon starts again.
   */
  dead?: true;
}

/** A network that a simulated instance is attached to, besides the default one. */
export interface NetworkState {
  /** Name of the network on the host. */
  id: string;
  /** `auto` or `manual`. */
  mode: string;
  /** Hardware address. */
  mac: string;
}

/** A snapshot of a simulated instance, and the state that it restores. */
export interface SnapshotState {
  /** Its own name, without that of the instance. */
  name: string;
  /** Empty if there is none. */
  comment: string;
  /** Name of the parent snapshot; empty for the first. */
  parent: string;
  /** Creation time as the daemon prints it, in the user's locale format. */
  created: string;
  /** Number of virtual CPUs that it restores. */
  cpus: number;
  /** Memory that it restores, in bytes. */
  memory: number;
  /** Disk size that it restores, in bytes. */
  disk: number;
  /** Whether the instance was on the bridged network. */
  bridged: boolean;
  /** Networks that it restores, besides the default one. */
  networks: NetworkState[];
  /** Mounts that it restores, by their path in the guest. */
  mounts: Record<string, MountState>;
}

/** An instance in the simulated daemon's records. Sizes are in bytes, times in simulated milliseconds. */
export interface InstanceStateRecord {
  /** Name of the instance. */
  name: string;
  /** The state that `multipass list` shows, unless the instance is deleted. */
  state: InstanceState;
  /** In the trash: `multipass list` shows it as `Deleted`. */
  deleted: boolean;
  /** Its availability zone, such as `zone1`; before 1.17 it is recorded but not shown. */
  zone: string;
  /** Number of virtual CPUs. */
  cpus: number;
  /** Bytes. */
  memory: number;
  /** Bytes. */
  disk: number;
  /** The image argument of the launch. */
  image: string;
  /** Hex digest of the image, or of its URL if given by URL. */
  imageHash: string;
  /** `image_release` in `info`. */
  imageRelease: string;
  /** `release` in `list`. */
  listRelease: string;
  /** `PRETTY_NAME` of the guest. */
  guestRelease: string;
  /** Its address on the default network. */
  ipv4: string;
  /** Hardware address on the default network. */
  mac: string;
  /** Networks besides the default one. */
  networks: NetworkState[];
  /** Whether it is on the bridged network. */
  bridged: boolean;
  /** Its mounts, by their path in the guest. */
  mounts: Record<string, MountState>;
  /** Its snapshots, by name. */
  snapshots: Record<string, SnapshotState>;
  /** How many snapshots were ever taken; numbers the next automatic name. */
  snapshotsTaken: number;
  /** How many clones were ever made of it; numbers the next automatic name. */
  cloneCount: number;
  /** Name of the snapshot that will be the parent of the next one; empty if there is none. */
  currentSnapshot: string;
  /** The user-data given at launch. */
  cloudInit: string;
  /** When the current boot started. */
  bootedAt: number;
  /** When SSH answers in the current boot. */
  sshAt: number;
  /** When cloud-init finishes. */
  cloudInitAt: number;
  /** How many times the guest has booted. */
  boots: number;
  /** When a delayed shutdown takes place. */
  shutdownAt?: number | undefined;
  /** The previous daemon suspended it when it ended; the next daemon resumes it. */
  suspendedByDaemon?: boolean | undefined;
  /** It was running when its zone was disabled, and starts when the zone is enabled again. */
  startsWithZone?: boolean | undefined;
}

/** The simulated daemon's copy of the image servers' lists. */
export interface ImageListState {
  /** Result of the last fetch. */
  status: "not fetched" | "fetching" | "good" | "failed" | "empty";
  /** Why the fetch failed. */
  error?: string | undefined;
  /** Number of fetches begun since the world's start. */
  fetches: number;
  /** When the last fetch began. */
  fetchedAt?: number;
  /** Whether the HTTP cache holds a list from an earlier fetch. */
  cached: boolean;
  /** When the daemon will fetch again on its own, in simulated milliseconds. */
  nextFetchAt?: number | undefined;
}

/** The process of the simulated daemon. */
export interface DaemonState {
  /** Whether the daemon is running. */
  status: "not started" | "running" | "stopped";
  /** How many times it has started. */
  starts: number;
  /** When it starts next, in simulated milliseconds. */
  startsAt?: number | undefined;
  /** How many times it aborted because a fetch failed while a client had a stream open. */
  aborts?: number | undefined;
  /** The dnsmasq of an aborted daemon holds port 53, so no daemon can start. */
  orphanedDnsmasq?: boolean | undefined;
}

/** An availability zone of a simulated host. */
export interface ZoneState {
  /** Whether its instances may run. */
  available: boolean;
  /** Its subnet, such as `10.97.0.0/24`. */
  subnet: string;
}

/** A name that a launch has reserved, but that clients do not see yet. */
export interface PreparingState {
  /** When the launch reserved it, in simulated milliseconds. */
  since: number;
}

/** The record that an interrupted launch left behind. The next launch of that name reuses it. */
export interface StaleImage {
  /** The image argument of that launch. */
  image: string;
  /** Hex digest of the image, or of its URL if given by URL. */
  imageHash: string;
  /** `image_release` in `info`. */
  imageRelease: string;
  /** `release` in `list`. */
  listRelease: string;
  /** `PRETTY_NAME` of the guest. */
  guestRelease: string;
  /** Its user-data. */
  cloudInit: string;
}

/** The complete state of a simulated host. */
export interface World {
  /** Format of this record. */
  format: 1;
  /** The version of Multipass that it simulates. */
  version: string;
  /** Seed of all random choices. */
  seed: number;
  /** How many simulated seconds pass per real second. */
  timeScale: number;
  /** Real time of the world's start, in milliseconds since the epoch. */
  startedAt: number;
  /** Address of the image servers that this host can read while its network is good. */
  imageServer?: string | undefined;
  /** The daemon's process. */
  daemon: DaemonState;
  /** Settings of the daemon, by key. */
  settings: Record<string, string>;
  /** The passphrase; empty if there is none. */
  passphrase: string;
  /** The HOMEs whose clients the daemon trusts. */
  trustedClients: string[];
  /** Availability zones, by name. */
  zones: Record<string, ZoneState>;
  /** The daemon's copy of the image servers' lists. */
  imageList: ImageListState;
  /** All instances by name, including deleted ones. */
  instances: Record<string, InstanceStateRecord>;
  /** Names of launches in phase F, which are invisible to clients. */
  preparing: Record<string, PreparingState>;
  /** Image records that an interrupted launch left behind, by name. */
  staleImages: Record<string, StaleImage>;
  /** Source images in the daemon's cache. */
  cachedImages: string[];
  /** How many times each part of the fault plan has been used. */
  faultUse: Record<string, number>;
  /** Number of launches requested since the world's start. */
  launches: number;
  /** Number of addresses assigned. */
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
