import type { LimitFunction } from "p-limit";
import type { CallOptions, Driver, InstalledVersion } from "../driver/driver.ts";
import type { Computer } from "../host/computer.ts";
import type { Catalogue } from "../images/catalogue.ts";
import type { FetchGuard } from "../images/fetch-guard.ts";
import type { Intents } from "./ledger/intents.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Gate } from "./operation/gate.ts";
import type { Locks } from "./operation/lock.ts";
import type { Roster } from "./roster.ts";

/** Where a resource says what it is doing. */
export interface Log {
  /** Replaces the resource's status line; gone when the operation is over. */
  status(message: string): void;
  /** Stays in the output: something was done that a person should know of. */
  info(message: string): void;
  warn(message: string): void;
}

/** Everything that operations on one Multipass share within a process. */
export interface Multipass {
  /** The computer and the environment that this process and the client run in. */
  computer: Computer;
  driver: Driver;
  roster: Roster;
  /** Whose each instance is. */
  ledger: Ledger;
  intents: Intents;
  /**
   * Where creates wait for the host together: those whose image can be launched by URL as soon as this host is online, and those that only a
   * daemon with an image list can serve, and those that are files. None holds the others back.
   */
  gates: { direct: Gate; list: Gate; local: Gate };
  /** Asks the network before the daemon is asked. */
  guard: FetchGuard;
  /** The installed version, asked for once. */
  version(options?: CallOptions): Promise<InstalledVersion>;
  /** What the image servers publish; `servers` overrides base URLs by remote, `mirror` the host of all others. */
  catalogue(servers?: Readonly<Record<string, string>>, mirror?: string): Catalogue;
  /** The mirror that the daemon is told to use (`local.image.mirror`), asked for once, and again after a setting was changed; undefined where there is none. @throws MultipassError while there is no answer */
  mirror(options?: CallOptions): Promise<string | undefined>;
  /** When a launch last failed because the daemon had no image list, by the clock. */
  listFailedAt?: number | undefined;
  /** What has been said once for all operations on this host. */
  announced?: Set<string>;
  /** What the daemon has last said of its image list, and how many fetches it may have begun by then. */
  listAsked?: { at: number; fetches: number | undefined; hasList: Promise<boolean> };
  /** Remedies that are taken at most once in the life of this process. */
  remediesDone: Set<"forceUpdate" | "restartDaemon">;
  /** Launches that may be under way at once. */
  launches: LimitFunction;
  /** Instances that Pulumi's state holds, as far as this run has shown. */
  inState: Set<string>;
  /** Instances that this run has created. */
  createdHere: Set<string>;
  /** The resource that is creating an instance, by the instance's name. */
  creating: Map<string, string>;
  /** What this run has seen the stack put into each instance, by the instance's name and the resource's URN. */
  holdings: Map<string, Map<string, Holding>>;
  /** Who works in which instance. */
  locks: Locks;
}

/** What a resource has put into an instance, and a restore undoes. */
export interface Holding {
  /** The resource's URN. */
  owner: string;
  /** Left out where it cannot be done again by itself, as with a command. */
  putBack?: {
    /** Mounts and sizes can be changed for sure only in a stopped instance, files only in one that runs. */
    while: "stopped" | "running";
    /** @returns false where there was nothing to do */
    run(): Promise<unknown>;
  };
}

/**
 * The machine exists, but is not what was asked for yet. Nothing is lost: it is kept under its id, and the next operation goes on
 * where this one stopped.
 */
export class InitializationError extends Error {
  override readonly name = "InitializationError";
  readonly id: string;
  readonly outs: Record<string, unknown>;

  constructor(id: string, outs: Record<string, unknown>, cause: Error) {
    super(cause.message, { cause });
    this.id = id;
    this.outs = outs;
  }
}
