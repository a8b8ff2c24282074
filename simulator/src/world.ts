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
  /** Absolute path of the folder on the host. */
  source: string;
  /** How it is mounted: over SSH, or by the hypervisor. */
  type: "classic" | "native";
  /** User ids, each as `HOST:INSTANCE`. */
  uidMappings: string[];
  /** Group ids, each as `HOST:INSTANCE`. */
  gidMappings: string[];
  /** The daemon shows it and does not make it: a `restore` has left it so, until the daemon starts again. */
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

/** A snapshot of a simulated instance, with what it puts back. */
export interface SnapshotState {
  /** Its own name, without that of the instance. */
  name: string;
  /** Empty where there is none. */
  comment: string;
  /** Name of the snapshot that it follows; empty for the first. */
  parent: string;
  /** As the daemon prints it, in the user's locale format. */
  created: string;
  /** Number of virtual CPUs that it puts back. */
  cpus: number;
  /** Bytes that it puts back. */
  memory: number;
  /** Bytes that it puts back. */
  disk: number;
  /** Whether the instance was on the bridged network. */
  bridged: boolean;
  /** Networks that it puts back, besides the default one. */
  networks: NetworkState[];
  /** Mounts that it puts back, by their path in the guest. */
  mounts: Record<string, MountState>;
}

/** An instance as the simulated daemon keeps it. Sizes are bytes, moments are simulated milliseconds. */
export interface InstanceStateRecord {
  /** Name in Multipass. */
  name: string;
  /** What `multipass list` shows, unless it is deleted. */
  state: InstanceState;
  /** In the trash: `multipass list` shows it as `Deleted`. */
  deleted: boolean;
  /** Its availability zone, such as `zone1`; kept, but not shown, before 1.17. */
  zone: string;
  /** Number of virtual CPUs. */
  cpus: number;
  /** Bytes. */
  memory: number;
  /** Bytes. */
  disk: number;
  /** The image argument of the launch. */
  image: string;
  /** Hex digest of the image; of its URL for an image by URL. */
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
  /** How many were ever taken, from which the next automatic name is made. */
  snapshotsTaken: number;
  /** How many clones of it were ever made, from which the next automatic name is made. */
  cloneCount: number;
  /** Name of the snapshot that the next one follows; empty where there is none. */
  currentSnapshot: string;
  /** The user-data given at launch. */
  cloudInit: string;
  /** When the present boot started. */
  bootedAt: number;
  /** When SSH answers in it. */
  sshAt: number;
  /** When cloud-init is over. */
  cloudInitAt: number;
  /** How often the guest has booted. */
  boots: number;
  /** The end of a delayed shutdown. */
  shutdownAt?: number | undefined;
  /** The daemon that has ended had suspended it; the next one resumes it. */
  suspendedByDaemon?: boolean | undefined;
  /** It ran when its zone was disabled, and starts when that is enabled again. */
  startsWithZone?: boolean | undefined;
}

/** What the simulated daemon has of the image servers' lists. */
export interface ImageListState {
  /** What came of the last fetch. */
  status: "not fetched" | "fetching" | "good" | "failed" | "empty";
  /** Why it failed. */
  error?: string | undefined;
  /** Fetches begun since the world's start. */
  fetches: number;
  /** When the last of them began. */
  fetchedAt?: number;
  /** The HTTP cache holds a list from an earlier fetch. */
  cached: boolean;
  /** When the daemon looks again by itself, in simulated milliseconds. */
  nextFetchAt?: number | undefined;
}

/** The process of the simulated daemon. */
export interface DaemonState {
  /** Whether it runs. */
  status: "not started" | "running" | "stopped";
  /** How often it has started. */
  starts: number;
  /** When it starts next, in simulated milliseconds. */
  startsAt?: number | undefined;
  /** How often it has aborted because a fetch failed under the eyes of a client. */
  aborts?: number | undefined;
  /** A dnsmasq of a daemon that has aborted holds port 53: no daemon can start. */
  orphanedDnsmasq?: boolean | undefined;
}

/** An availability zone of a simulated host. */
export interface ZoneState {
  /** Whether instances of it may run. */
  available: boolean;
  /** Its addresses, such as `10.97.0.0/24`. */
  subnet: string;
}

/** A name that a launch has taken, but that clients do not see yet. */
export interface PreparingState {
  /** Simulated milliseconds. */
  since: number;
}

/** What a launch that was interrupted has left behind, and the next one of that name takes up. */
export interface StaleImage {
  /** The image argument of that launch. */
  image: string;
  /** Hex digest of the image; of its URL for an image by URL. */
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

/** Everything that a simulated host remembers. */
export interface World {
  /** Format of this record. */
  format: 1;
  /** Which Multipass it behaves as. */
  version: string;
  /** Seed of everything random. */
  seed: number;
  /** How many simulated seconds pass in a real one. */
  timeScale: number;
  /** Real time of the world's start, in milliseconds since the epoch. */
  startedAt: number;
  /** Where the image servers are that this host can read while its network is good. */
  imageServer?: string | undefined;
  /** The daemon's process. */
  daemon: DaemonState;
  /** Settings of the daemon, by key. */
  settings: Record<string, string>;
  /** The passphrase; empty where there is none. */
  passphrase: string;
  /** The HOMEs whose clients the daemon trusts. */
  trustedClients: string[];
  /** Availability zones, by name. */
  zones: Record<string, ZoneState>;
  /** What the daemon has of the image servers' lists. */
  imageList: ImageListState;
  /** Every instance, deleted ones included, by name. */
  instances: Record<string, InstanceStateRecord>;
  /** Names in phase F of a launch: invisible to clients. */
  preparing: Record<string, PreparingState>;
  /** Image records that an interrupted launch left behind, by name. */
  staleImages: Record<string, StaleImage>;
  /** Source images in the daemon's cache. */
  cachedImages: string[];
  /** How often each part of the fault plan has been used. */
  faultUse: Record<string, number>;
  /** How many launches were asked for since the world's start. */
  launches: number;
  /** How many addresses were given out. */
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
