import { mkdtempSync, realpathSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/src/index.ts";
import type { Observed } from "./outcome.ts";
import { Run, type Usage } from "./processes.ts";
import { type Command, namesOf, type Operation, type Tool, type Wanted } from "./tool.ts";

/** The newest release that all rivals know: larstobi's cannot read what the client of 1.17 prints. */
export const VERSION = "1.16.3";

export interface Cost extends Usage {
  /** Runs of `multipass`. */
  calls: number;
}

/** A tool with its own folder and its own simulated host. */
export class Lab {
  readonly tool: Tool;
  readonly sim: Simulator;
  readonly #dir: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(tool: Tool, sim: Simulator, extraEnv: Record<string, string>) {
    this.tool = tool;
    this.sim = sim;
    this.#dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-rival-")));
    const env: NodeJS.ProcessEnv = { ...process.env, ...sim.env, ...extraEnv, ...tool.env(this.#dir) };
    // Some rivals run whatever `multipass` is on the PATH.
    this.#env = { ...env, PATH: [dirname(sim.bin), env["PATH"]].join(delimiter) };
  }

  static async open(tool: Tool, options: SimulatorOptions, env: Record<string, string> = {}): Promise<Lab> {
    const lab = new Lab(tool, await startSimulator({ version: VERSION, ...options }), env);
    lab.write({ count: 0, cpus: 1 });
    for (const command of tool.prepare ?? []) {
      const { ok, output } = await lab.start(command).ended;
      if (!ok) throw new Error(`${command.join(" ")}: ${output}`);
    }
    return lab;
  }

  /**
   * Lets the daemon look as if it had run for an hour, as on a computer that has been up for a while. In a
   * daemon's first half hour, ours does not launch while a fetch of its image list may fail.
   */
  ageDaemon(): void {
    const anHourAgo = Date.now() / 1000 - 3600;
    const socket = this.sim.env["MULTIPASS_SERVER_ADDRESS"]?.replace(/^unix:/, "") ?? "";
    utimesSync(socket, anHourAgo, anHourAgo);
  }

  write(wanted: Wanted): void {
    this.tool.write(this.#dir, wanted);
  }

  start(command: Command): Run {
    return new Run(command, { cwd: this.#dir, env: this.#env });
  }

  /** Runs an operation on instances that are as many before and after, `create` and `destroy` aside. */
  async measure(operation: Operation, count: number): Promise<Cost> {
    this.write({ count, cpus: operation === "one CPU more" ? 2 : 1 });
    const before = (await this.sim.calls()).length;
    const { up, refresh, destroy } = this.tool;
    const command = operation === "refresh" ? refresh : operation === "destroy" ? destroy : up;
    if (command === undefined) throw new Error(`${this.tool.title} cannot ${operation}`);
    const usage = await this.start(command).ended;
    return { ...usage, calls: (await this.sim.calls()).length - before };
  }

  /** Names of the instances that are not deleted, or of those in this state. */
  async instances(state?: string): Promise<string[]> {
    const { instances } = await this.sim.world();
    return Object.values(instances)
      .filter((one) => !one.deleted && (state === undefined || one.state === state))
      .map(({ name }) => name);
  }

  /** Destroys all that the tool knows, and tells what happened on the host since its start. */
  async observe(count: number, deletedByOthers: readonly string[]): Promise<Observed> {
    const running = await this.instances("Running");
    await this.start(this.tool.destroy).ended;
    const world = await this.sim.world();
    const launched = (await this.sim.calls())
      .filter(({ argv, exitCode }) => argv[0] === "launch" && exitCode === 0)
      .map(({ argv }) => argv[argv.indexOf("--name") + 1] ?? "");
    return {
      asked: namesOf(count),
      launched: launched.filter((name) => !deletedByOthers.includes(name)),
      running,
      left: await this.instances(),
      deletedByOthers,
      recoverable: deletedByOthers.filter((name) => world.instances[name]?.deleted),
    };
  }

  async close(): Promise<void> {
    await this.sim.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
