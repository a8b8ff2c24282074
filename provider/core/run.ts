import type { Log, Multipass } from "./context.ts";

/** Where one operation says what it is doing. */
export interface OperationLog extends Log {
  /** Ends when everything said has been received. An answer that overtakes it would leave an old status in the resource's row. */
  delivered(): Promise<void>;
}

/** What the process that Pulumi has started gives the core. The core reaches nothing of Pulumi but through this. */
export interface Door {
  /** A log for one operation on a resource, named by its URN. */
  log(owner: string): OperationLog;
  /** Aborted when operations have to end early, and never reset. */
  readonly signal: AbortSignal;
  /** Keeps the process alive while an operation is under way. @returns what releases it */
  hold(): () => void;
  /**
   * What operations on one Multipass share.
   *
   * @throws MultipassError of kind `client-missing`
   */
  multipass(multipassPath: string | undefined): Multipass;
}

/** Properties that tell which Multipass a resource is on. */
interface Located {
  multipassPath?: unknown;
}

/** One run of Pulumi, which lasts as long as its plugin process: the door, and what the run has shown so far. */
export class Run {
  readonly door: Door;
  /** The resource, by URN, that manages something alone. */
  readonly #holders = new Map<string, string>();
  readonly #warned = new Set<string>();

  constructor(door: Door) {
    this.door = door;
  }

  multipass({ multipassPath }: Located): Multipass {
    return this.door.multipass(typeof multipassPath === "string" ? multipassPath : undefined);
  }

  /** Reads or writes what is recorded on a host. Answers undefined where that fails: the operation itself will report why. */
  async noting<T>(properties: Located, use: (multipass: Multipass) => Promise<T>): Promise<T | undefined> {
    try {
      return await use(this.multipass(properties));
    } catch {
      return undefined;
    }
  }

  /** Shows a warning once in a run: Pulumi checks the arguments of a replacement twice. */
  warnOnce(owner: string, warning: string): void {
    const key = `${owner}\n${warning}`;
    if (!this.#warned.has(key)) this.door.log(owner).warn(warning);
    this.#warned.add(key);
  }

  /** The first resource of this run that has claimed a thing. */
  holderOf(thing: string, owner: string): string {
    const holder = this.#holders.get(thing) ?? owner;
    this.#holders.set(thing, holder);
    return holder;
  }
}
