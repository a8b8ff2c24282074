import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { control, type InstanceChanges } from "./control-client.ts";
import { giveBack, takeProcess } from "./daemon-process.ts";
import { checkFaultPlan, type FaultPlan } from "./fault-plan.ts";
import { type WorldPaths, worldPaths } from "./paths.ts";
import { type RecordedCall, readCalls } from "./recorded-calls.ts";
import type { SimulatorFile } from "./simulator-file.ts";
import { capabilitiesOf } from "./version.ts";
import type { World } from "./world.ts";
import { readWorld, replaceFile } from "./world-store.ts";

/** Options of {@link startSimulator}. */
export interface SimulatorOptions {
  /**
   * The version of Multipass to simulate, 1.13 to 1.17; only major and minor matter. Default: the world's
   * previous version, `"1.17.0"` for a new world. A different version acts as an upgrade.
   */
  version?: string;
  /**
   * Folder of the simulated world. An existing world is continued. Default: a temporary folder, removed at
   * the end.
   */
  dir?: string;
  /** How many simulated seconds pass per real second. Default 1. */
  timeScale?: number;
  /** What goes wrong, and when. Default: nothing. */
  faults?: FaultPlan;
  /** Seed of all random choices. Default 1. */
  seed?: number;
  /**
   * The simulator outlives this process, until a process that has attached to it calls `close()`. Default
   * false.
   */
  detached?: boolean;
}

/** An instance of a simulated world. */
export interface SimulatedInstance {
  /**
   * Changes the instance as another user of the host could have done, to provoke drift.
   *
   * @example
   * ```ts
   * await sim.instance("web").poke({ state: "Stopped" });
   * await sim.instance("web").poke({ files: { "/etc/motd": "changed by hand\n" } });
   * ```
   */
  poke(changes: InstanceChanges): Promise<void>;
  /** The content of a file in the guest. */
  readFile(path: string): Promise<Buffer>;
}

/** Whether a request failed because the process that simulates the host is not running. */
const hasEnded = (error: unknown) =>
  ["ECONNREFUSED", "ENOENT", "ECONNRESET"].includes((error as NodeJS.ErrnoException).code ?? "");

/** A simulated host with Multipass on it. */
export class Simulator implements AsyncDisposable {
  /** Absolute path of an executable that behaves like `multipass`. */
  readonly bin: string;
  /** Folder of the simulated world. */
  readonly dir: string;
  /** Environment variables for the processes under test. */
  readonly env: {
    /** {@link Simulator.bin}, under the variable that the provider reads. */
    MULTIPASS_BIN: string;
    /** Address of the simulated daemon; absent on Windows, as with Multipass. */
    MULTIPASS_SERVER_ADDRESS?: string;
    /** Image server of the simulated host, reachable while its network is good. */
    PULUMI_MULTIPASS_IMAGE_SERVER?: string;
  };
  readonly #paths: WorldPaths;
  #process: ChildProcess | undefined;
  #spawning: Promise<void> | undefined;
  #temporary: boolean;
  /** Calls and world, kept for questions after a temporary world has been removed. */
  #last: { calls: RecordedCall[]; world: World | undefined } | undefined;

  /** @internal Use {@link startSimulator} or {@link attachSimulator}. */
  constructor(paths: WorldPaths, temporary: boolean) {
    this.#paths = paths;
    this.#temporary = temporary;
    this.dir = paths.root;
    this.bin = paths.bin;
    this.env = {
      MULTIPASS_BIN: paths.bin,
      ...(process.platform !== "win32" && { MULTIPASS_SERVER_ADDRESS: `unix:${paths.socket}` }),
    };
    this.#findImageServer();
  }

  /** @internal Starts the process that simulates the host, and waits until it is ready. */
  async spawn(): Promise<void> {
    this.#process = await takeProcess(this.dir, this.#options().detached);
    this.#findImageServer();
  }

  #findImageServer(): void {
    const url = readWorld(this.#paths.world)?.imageServer;
    if (url !== undefined) this.env.PULUMI_MULTIPASS_IMAGE_SERVER = url;
  }

  #options(): SimulatorFile {
    return JSON.parse(readFileSync(this.#paths.options, "utf8")) as SimulatorFile;
  }

  /** All runs of `multipass`, in the order in which they started. Also works after `close()`. */
  async calls(): Promise<RecordedCall[]> {
    return this.#last?.calls ?? readCalls(this.#paths.calls);
  }

  /**
   * The complete state of the simulated host, including deleted instances and names in preparation. Also
   * works after `close()`.
   */
  async world(): Promise<World> {
    const world = this.#last?.world ?? readWorld(this.#paths.world);
    if (!world) throw new Error(`No simulated world in ${this.dir}`);
    return world;
  }

  /** Replaces the fault plan, and resets the counts of faults already used. */
  async setFaults(plan: FaultPlan): Promise<void> {
    checkFaultPlan(plan);
    await control(this.#paths.control, { op: "faults", plan });
  }

  /**
   * The instance of that name, to change it behind the back of the program under test or to read one of its
   * files.
   */
  instance(name: string): SimulatedInstance {
    return {
      poke: (changes) => control(this.#paths.control, { op: "poke", name, changes }),
      readFile: async (path) =>
        Buffer.from(await control<string>(this.#paths.control, { op: "readFile", name, path }), "base64"),
    };
  }

  /**
   * Stops the daemon in an orderly way, as a service manager does. It stays down until {@link startDaemon}.
   */
  async stopDaemon(): Promise<void> {
    await control(this.#paths.control, { op: "stop" });
  }

  /** Starts the daemon after it was stopped or has crashed, or before the fault plan would start it. */
  async startDaemon(): Promise<void> {
    try {
      await control(this.#paths.control, { op: "start" });
    } catch (error) {
      if (!hasEnded(error)) throw error;
      // Two processes that simulate one host would overwrite each other's state.
      this.#spawning ??= this.spawn().finally(() => {
        this.#spawning = undefined;
      });
      await this.#spawning;
      await control(this.#paths.control, { op: "start" });
    }
  }

  /**
   * Ends the dnsmasq that an aborted daemon left behind (`failedFetchAborts`), as a user would, so that the
   * next daemon can start.
   */
  async endOrphanedDnsmasq(): Promise<void> {
    await control(this.#paths.control, { op: "endDnsmasq" });
  }

  /** Kills the daemon without warning (SIGKILL). It stays down until {@link startDaemon}. */
  async crashDaemon(): Promise<void> {
    // Another process that has attached to this world may have started the daemon.
    const pid = await this.#daemonPid();
    if (pid === undefined) return;
    process.kill(pid, "SIGKILL");
    if (this.#process?.pid === pid) this.#process = undefined;
    while ((await this.#daemonPid()) === pid) await sleep(10);
  }

  /** The id of the process that simulates the host; undefined if there is none. */
  async #daemonPid(): Promise<number | undefined> {
    try {
      return await control<number>(this.#paths.control, { op: "pid" });
    } catch (error) {
      if (!hasEnded(error)) throw error;
      return undefined;
    }
  }

  /** Stops the simulator and removes a temporary world. */
  async close(): Promise<void> {
    if (this.#temporary) {
      this.#last ??= { calls: readCalls(this.#paths.calls), world: readWorld(this.#paths.world) };
    }
    const child = this.#process;
    this.#process = undefined;
    try {
      await control(this.#paths.control, { op: "close" });
      if (child) giveBack(child);
    } catch (error) {
      if (!hasEnded(error)) throw error;
      child?.stdin?.end();
    }
    if (this.#temporary) rmSync(this.dir, { recursive: true, force: true });
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts a simulated host on which Multipass is installed. No virtual machine is ever started and nothing outside the
 * world's folder is changed. The simulator ends with the process that started it.
 *
 * @example
 * ```ts
 * import { startSimulator } from "multipass-simulator";
 *
 * await using sim = await startSimulator({ timeScale: 60, faults: { socketAt: "5s", networkAt: "20s" } });
 * process.env.MULTIPASS_BIN = sim.bin;
 * // ... deploy ...
 * const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
 * ```
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { version, timeScale = 1, seed = 1, faults = {}, detached = false } = options;
  checkFaultPlan(faults);
  if (version !== undefined) capabilitiesOf(version);
  if (!(timeScale > 0)) throw new TypeError(`Invalid timeScale: ${timeScale}`);
  const temporary = options.dir === undefined;
  const dir = temporary
    ? mkdtempSync(join(tmpdir(), "multipass-simulator-"))
    : resolve(options.dir as string);
  mkdirSync(dir, { recursive: true });
  const paths = worldPaths(realpathSync(dir));
  const file: SimulatorFile = { version, timeScale, seed, faults, temporary, detached };
  replaceFile(paths.options, JSON.stringify(file));
  const simulator = new Simulator(paths, temporary);
  try {
    await simulator.spawn();
  } catch (error) {
    if (temporary) rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return simulator;
}

/** Attaches to a simulator that another process has started, given its folder. */
export async function attachSimulator(dir: string): Promise<Simulator> {
  const paths = worldPaths(realpathSync(resolve(dir)));
  const { temporary } = JSON.parse(readFileSync(paths.options, "utf8")) as SimulatorFile;
  return new Simulator(paths, temporary);
}
