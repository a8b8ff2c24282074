import type { CallOptions, Driver, InstalledVersion } from "../driver/driver.ts";
import type { Capabilities } from "../driver/version.ts";
import type { Result } from "../host/check.ts";
import type { Computer } from "../host/computer.ts";
import type { Catalogue } from "../images/catalogue.ts";
import type { FetchGuard } from "../images/fetch-guard.ts";
import type { Arrivals } from "./instance/arrivals.ts";
import type { Intents } from "./ledger/intents.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Gate } from "./operation/gate.ts";
import type { LaunchSlots } from "./operation/launch-slots.ts";
import type { Locks } from "./operation/lock.ts";
import type { Roster } from "./roster.ts";

export interface Log {
  /** Replaces the resource's status line; disappears when the operation is over. */
  status(message: string): void;
  /** Stays in the output: for actions that the user should know about. */
  info(message: string): void;
  warn(message: string): void;
}

/** What belongs to one daemon, whatever client and name of its host lead to it. */
export interface Daemon {
  /**
   * Where creates wait for the host together, by image. `direct` images can be launched by URL once this host
   * is online; `list` images need a daemon with an image list; `local` ones are files.
   */
  gates: { direct: Gate; list: Gate; local: Gate };
  /** Remedies already tried. Each is tried at most once in the life of this process. */
  remediesDone: Set<"forceUpdate" | "restartDaemon">;
  /** Limits how many launches and starts are under way at once. */
  launches: LaunchSlots;
  /** Instances that Pulumi's state holds, as far as this run has seen. */
  inState: Set<string>;
  createdHere: Set<string>;
  /** The resource that is creating an instance, by the instance's name. */
  creating: Map<string, string>;
  /** Instances that are on their way to being ready. */
  arrivals: Arrivals;
  /** What this run has seen resources put into instances, by the URN of the resource. */
  holdings: Map<string, Holding>;
  locks: Locks;
}

/** Everything that operations on one Multipass share within a process. */
export interface Multipass extends Daemon {
  /** The computer and the environment in which this process and the client run. */
  computer: Computer;
  driver: Driver;
  roster: Roster;
  /** Who owns each instance. */
  ledger: Ledger;
  intents: Intents;
  /** Checks the network before the daemon is asked. */
  guard: FetchGuard;
  /** The installed version, asked for once. */
  version(options?: CallOptions): Promise<InstalledVersion>;
  capabilities(options?: CallOptions): Promise<Capabilities>;
  /** What the image servers publish. `servers` overrides URLs by remote, `mirror` the host of all others. */
  catalogue(servers?: Readonly<Record<string, string>>, mirror?: string): Catalogue;
  /**
   * The mirror that the daemon is told to use (`local.image.mirror`); undefined if it has none. Asked once,
   * and again after a setting has changed.
   *
   * @throws MultipassError while there is no answer
   */
  mirror(options?: CallOptions): Promise<string | undefined>;
  /** Moment on `clock` at which a launch last failed because the daemon lacked an image list. */
  listFailedAt?: number | undefined;
  /** What has already been announced to the user for all operations on this host. */
  announced: Set<string>;
  /** The daemon's last answer about its image list, and how many fetches it may have begun by then. */
  listAsked?: { at: number; fetches: number | undefined; hasList: Promise<boolean> };
  /** Checks of the host under way, by the image servers that the program names. */
  examinations: Map<string, Promise<Result[]>>;
  /** Fits `launches` to another host's cores, asked for once. @throws MultipassError without an answer */
  measured(options?: CallOptions): Promise<void>;
}

/** Something that a resource has put into an instance, and that a restore undoes. */
export interface Holding {
  instance: string;
  /** Undefined if it cannot be repeated automatically, such as a command. */
  putBack:
    | {
        /** Mounts and sizes can only be changed reliably in a stopped instance, files only in a running one. */
        while: "stopped" | "running";
        /** @returns false if there was nothing to do */
        run(): Promise<unknown>;
      }
    | undefined;
}

/** The thing exists, but is not yet what was asked for. Pulumi keeps it, and the next run continues. */
export class InitializationError<S extends object> extends Error {
  override readonly name = "InitializationError";
  readonly outs: S;
  /** The resource's id, which `DescribedResource` fills in. */
  id = "";

  constructor(outs: S, cause: Error) {
    super(cause.message, { cause });
    this.outs = outs;
  }
}
