import * as v from "valibot";
import type { InstalledVersion } from "../driver/driver.ts";
import { MultipassError } from "../driver/errors.ts";
import type { Log, Multipass } from "./context.ts";
import { type HostInput, host } from "./host.ts";
import { hasUnknown } from "./unknown.ts";

/** Where one operation reports what it is doing. */
export interface OperationLog extends Log {
  /** Ends when the engine has every message. A later one would leave an old status in the row. */
  delivered(): Promise<void>;
}

/** What the plugin process gives the core. The core reaches Pulumi only through this. */
export interface Door {
  /** A log for one operation on a resource, named by its URN. */
  log(owner: string): OperationLog;
  /** Aborted when operations must end early, and never reset. */
  readonly signal: AbortSignal;
  /** Keeps the process alive during an operation. @returns a function that releases it */
  hold(): () => void;
  /** What operations on one Multipass share. @throws MultipassError of kind `client-missing` */
  multipass(multipassPath: string | undefined, host: HostInput | undefined): Multipass;
}

/** Properties that tell which Multipass a resource is on. */
interface Located {
  multipassPath?: unknown;
  host?: unknown;
}

/** One run of Pulumi, as long as its plugin process: the door, and what the run has seen so far. */
export class Run {
  readonly door: Door;
  /** The URN of the resource that claimed each thing. */
  readonly #holders = new Map<string, string>();
  readonly #warned = new Set<string>();
  /** Whether the run has begun to create, update or delete something. A preview never does. */
  isUpdate = false;
  /** Names of the instances with the argument `mounts`, which says what all of their mounts are. */
  readonly declaringMounts = new Set<string>();
  /** The resource option of that name, by the URN of the resource. */
  readonly replaceOnChanges = new Map<string, readonly string[]>();
  /** URNs of resources whose arguments need something that this computer lacked at their check. */
  readonly mayLack = new Set<string>();

  constructor(door: Door) {
    this.door = door;
  }

  /** @throws MultipassError of kind `client-missing`, or `invalid-argument` for a host that cannot be one */
  multipass({ multipassPath, host: given }: Located): Multipass {
    const named = v.safeParse(v.optional(host), given);
    if (!named.success || hasUnknown(given)) {
      throw new MultipassError("Unable to tell the host", {
        kind: "invalid-argument",
        details: "`host` is not known yet, or does not name one",
      });
    }
    return this.door.multipass(typeof multipassPath === "string" ? multipassPath : undefined, named.output);
  }

  async version(properties: Located): Promise<InstalledVersion> {
    return this.multipass(properties).version({ signal: this.door.signal });
  }

  /** Reads or writes records. A failure is left to the operation itself, which will report the cause. */
  async noting<T>(properties: Located, use: (multipass: Multipass) => Promise<T>): Promise<T | undefined> {
    try {
      return await use(this.multipass(properties));
    } catch (error) {
      // What fails outside of this program has the system's code.
      const isOutside = error instanceof MultipassError || (error instanceof Error && "syscall" in error);
      if (!isOutside) throw error;
      return undefined;
    }
  }

  /** Shows a warning once per run, since Pulumi checks a replacement's arguments twice. */
  async warnOnce(owner: string, warning: string): Promise<void> {
    const key = `${owner}\n${warning}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const log = this.door.log(owner);
    log.warn(warning);
    await log.delivered();
  }

  /** The first resource of this run that claimed a thing. */
  holderOf(thing: string, owner: string): string {
    const holder = this.#holders.get(thing) ?? owner;
    this.#holders.set(thing, holder);
    return holder;
  }
}
