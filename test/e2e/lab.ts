import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type FaultPlan,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator/src/index.ts";
import {
  type Deployer,
  deployers,
  type NamedDeployer,
  type ResourceInfo,
  type RunOptions,
  type RunResult,
} from "../engine/index.ts";
import { noteCalls, noteRuns } from "../support/logs.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../..");

/** The way by which Pulumi reaches this package: the SDK's dynamic provider, or the plugin. */
export type Door = "dynamic" | "plugin";

/** An engine, and the door that programs on it use. */
export interface DoorDeployer extends NamedDeployer {
  door?: Door;
}

/** Every engine, with the plugin. */
export function plugins(): DoorDeployer[] {
  return deployers().map((deployer) => ({
    ...deployer,
    name: `${deployer.name}, by the plugin`,
    door: "plugin",
  }));
}

/** Every engine, with each door. What goes through the plugin as well is long. */
export function doors(): DoorDeployer[] {
  const twice = plugins().map((deployer) => ({ ...deployer, name: `${deployer.name} [long]` }));
  return [...deployers(), ...twice];
}

const MODULES: Record<Door, string> = {
  dynamic: "pulumi-multipass",
  plugin: pathToFileURL(join(repository, "test/doors/sdk.ts")).href,
};

/** Puts the plugin into a folder for the PATH, and returns the folder. */
export function pluginFolder(dir: string): string {
  const folder = join(dir, "bin");
  mkdirSync(folder, { recursive: true });
  const main = join(repository, "provider/doors/plugin/main.ts");
  writeFileSync(
    join(folder, "pulumi-resource-multipass-lab"),
    `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`,
    { mode: 0o755 },
  );
  return folder;
}

/** A program of its own, a stack of it, and a simulated host for it to act on. */
export interface Lab {
  dir: string;
  sim: Simulator;
  stack: Deployer;
  /** Environment that every run of the stack gets. */
  env: Record<string, string>;
  /** Replaces the program, which goes through the deployer's door unless another is named. */
  write(program: string, door?: Door): void;
  /** The one resource of that name. */
  resource(name: string): Promise<ResourceInfo>;
  /** How often each subcommand was called, as `{ launch: 1, list: 2 }`. */
  counts(): Promise<Record<string, number>>;
}

export interface LabOptions {
  simulator?: SimulatorOptions;
  env?: Record<string, string>;
}

/** Builds a lab for one test, and takes everything of it away afterwards. */
export async function inLab(
  deployer: DoorDeployer,
  program: string,
  options: LabOptions,
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-lab-")));
  const sim = noteCalls(await startSimulator(options.simulator ?? {}));
  try {
    symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "lab", type: "module" }));
    writeFileSync(
      join(dir, "Pulumi.yaml"),
      "name: lab\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    const { door = "dynamic" } = deployer;
    const write = (text: string, through = door) =>
      writeFileSync(join(dir, "index.ts"), `import * as multipass from "${MODULES[through]}";\n${text}\n`);
    write(program);
    mkdirSync(join(dir, "state"));
    const env = {
      ...sim.env,
      PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
      ...options.env,
      ...(door === "plugin" && { PATH: [pluginFolder(dir), process.env["PATH"]].join(delimiter) }),
    };
    const stack = noteRuns(
      await deployer.open({
        dir,
        inline: "index.ts",
        stateDir: join(dir, "state"),
        env,
        ...(door === "plugin" && { plugin: "multipass-lab" }),
      }),
    );
    const lab: Lab = {
      dir,
      sim,
      stack,
      env,
      write,
      async resource(name) {
        const { resources } = await stack.state();
        const found = resources.filter(({ urn }) => urn.endsWith(`::${name}`));
        if (found.length !== 1) throw new Error(`${found.length} resources are named ${name}`);
        return found[0] as ResourceInfo;
      },
      async counts() {
        const counts: Record<string, number> = {};
        for (const { argv } of await sim.calls()) {
          const command = argv[0] ?? "";
          counts[command] = (counts[command] ?? 0) + 1;
        }
        return counts;
      },
    };
    await use(lab);
    await stack.dispose();
  } finally {
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A run that has to succeed; one that has not fails the test with all that it has said. */
export function succeeded(run: RunResult): RunResult {
  if (!run.ok) throw new Error(run.text);
  return run;
}

/** Brings the stack up, with another program if one is given; it has to succeed. */
export async function up(lab: Lab, program?: string): Promise<RunResult> {
  if (program !== undefined) lab.write(program);
  return succeeded(await lab.stack.up());
}

/**
 * Does something to the world at the moment at which a resource is seen to wait for it. A test that waits for a time instead is lost on a slow
 * machine, where starting Pulumi alone takes longer than the trouble lasts.
 */
export function onStatus(...steps: [status: RegExp, act: () => Promise<unknown>][]): RunOptions {
  const left = [...steps];
  return {
    onLog({ message }) {
      const [status, act] = left[0] ?? [];
      if (!status?.test(message)) return;
      left.shift();
      act?.().catch((error) => console.error(error));
    },
  };
}

/** No name can be resolved, and no daemon answers, until somebody changes that. */
export const JUST_BOOTED: FaultPlan = { socketAt: "9h", networkOutages: [{}] };
