import type { ResolvedImage } from "../../readiness/images/simplestreams.ts";
import type { TimelineRecord } from "../../readiness/timeline.ts";
import type { RetryInput, TimeoutsInput } from "../timing.ts";

/** A network that an instance is attached to besides the default one. */
export interface NetworkInput {
  name: string;
  mode?: "auto" | "manual";
  mac?: string;
}

/** A folder of the host that is visible in the instance. */
export interface MountInput {
  source: string;
  target: string;
  type?: "classic" | "native";
  uidMappings?: string[];
  gidMappings?: string[];
}

export type PowerState = "running" | "stopped" | "suspended";

/** What has to hold before an instance counts as ready. */
export interface ReadinessInput {
  cloudInit?: "success" | "finished" | "skip";
  degraded?: "accept" | "fail";
  checks?: ReadinessCheckInput[];
}

export interface ReadinessCheckInput {
  tcp?: { port: number; host?: string };
  http?: { url: string; status?: number };
  command?: string[];
  timeout?: string;
  interval?: string;
}

export interface RemediesInput {
  directImage?: boolean;
  localImage?: boolean;
  imageFolder?: string;
  forceUpdate?: boolean;
  restartDaemon?: "never" | "ifIdle" | "always";
  restartCommand?: string[];
  imageServers?: Record<string, string>;
}

/** The properties of an instance as `check` hands them on: complete, plain, valid. */
export interface InstanceInputs {
  name: string;
  image?: string;
  cpus?: number;
  memory?: string;
  disk?: string;
  /** User-data as text. */
  cloudInit?: string;
  networks?: NetworkInput[];
  bridged?: boolean;
  mounts?: MountInput[];
  zone?: string;
  powerState?: PowerState;
  adopt?: boolean;
  allowRestart?: boolean;
  deletionPolicy?: "purge" | "keep";
  readiness?: ReadinessInput;
  remedies?: RemediesInput;
  retry?: RetryInput;
  timeouts?: TimeoutsInput;
  multipassPath?: string;
  /** The resource's URN. */
  owner: string;
  /** Pulumi's logical name; the prefix of an automatic name. */
  logicalName?: string;
  /** Whether the name was made up here, so that a replacement can have another. */
  automaticName?: boolean;
}

/** The state of an instance: what was asked for, and what is. */
export interface InstanceState extends InstanceInputs {
  state: string;
  ready: boolean;
  ipAddress: string;
  ipv4: string[];
  release: string;
  imageRelease: string;
  imageHash: string;
  snapshotCount: number;
  multipassVersion: string;
  /** The image that was launched by URL, because the daemon had no list to look the alias up in. */
  resolvedImage?: ResolvedImage;
  /**
   * The create that made the machine, or went on with it; at random. A replacement can turn out to be the same machine, and then only
   * this tells the two resources apart.
   */
  creation?: string;
  /** Whether the machine was there before, and taken over: how it was made cannot be read back. */
  adopted?: boolean;
  /** Whether it is only looked at (`Instance.get`): then it is no resource of ours. */
  onlyRead?: boolean;
  /** Which arguments were given; what else stands here was found. */
  specified: (keyof InstanceInputs)[];
  /** Where the time of the create went. */
  timeline?: TimelineRecord;
  /** What the guest showed when it was ready, to tell later whether its size was changed from outside. */
  observed?: { cpuCount: string; memoryTotal?: number; diskTotal?: string };
}

/** How the machine came to be there. */
export interface Launched {
  /** `launched` now; `resumed` from an operation that was interrupted; `adopted` because the user said so. */
  how: "launched" | "resumed" | "adopted";
  /** Whether Multipass itself has said that it is running and initialised. */
  confirmed: boolean;
  /** The image, where it was launched by URL. */
  direct?: ResolvedImage | undefined;
}
