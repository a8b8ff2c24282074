import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
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
import { bestWay, openSshHosts, type SshHosts, THE_HOST, type Way } from "../support/ssh-hosts.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../..");

/** How Pulumi reaches this package: through the SDK's dynamic provider, or through the plugin. */
export type Door = "dynamic" | "plugin";

/** An engine, the door that its programs use, and where their Multipass runs. */
export interface DoorDeployer extends NamedDeployer {
  door?: Door;
  /** How the host is reached that has the lab's Multipass; undefined for this computer. */
  way?: Way;
}

/** Every engine, with the plugin. */
export function plugins(): DoorDeployer[] {
  return deployers().map((deployer) => ({
    ...deployer,
    name: `${deployer.name}, by the plugin`,
    door: "plugin",
  }));
}

/** Every engine with each door. Tests that also use the plugin are long. */
export function doors(): DoorDeployer[] {
  const twice = plugins().map((deployer) => ({ ...deployer, name: `${deployer.name} [long]` }));
  return [...deployers(), ...twice];
}

/** Every engine with each door, on this computer and on a host over ssh. Tests over ssh are long. */
export function places(): DoorDeployer[] {
  const way = bestWay();
  if (!way) return doors();
  const far = [...deployers(), ...plugins()].map((one) => ({
    ...one,
    name: `${one.name} over ssh [long]`,
    way,
  }));
  return [...doors(), ...far];
}

/** A resource option that the npm package sets itself, and that programs of the plugin have to give. */
export const deletedWith = ({ door }: DoorDeployer, instance: string): string =>
  door === "plugin" ? `deletedWith: ${instance}` : "";

/** What programs import, by the door that they use. */
export const MODULES: Record<Door, string> = {
  dynamic: "pulumi-multipass",
  plugin: pathToFileURL(join(repository, "test/doors/sdk.ts")).href,
};

/** The same for programs whose every resource is on one host. The plugin learns that by its configuration. */
const MODULES_FAR: Record<Door, string> = {
  dynamic: pathToFileURL(join(repository, "test/e2e/on-a-host.ts")).href,
  plugin: MODULES.plugin,
};

/** Installs the plugin in a folder for the PATH, and returns the folder. */
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

/** A program with its own stack and simulated host. */
export interface Lab {
  dir: string;
  sim: Simulator;
  stack: Deployer;
  /** The hosts behind ssh, if there are any. */
  ssh: SshHosts | undefined;
  /** Environment variables for every run of the stack. */
  env: Record<string, string>;
  /** Replaces the program, which uses the deployer's door unless another is given. */
  write(program: string, door?: Door): void;
  /** The only resource of that name. */
  resource(name: string): Promise<ResourceInfo>;
  /** How many times each subcommand was called, as `{ launch: 1, list: 2 }`. */
  counts(): Promise<Record<string, number>>;
}

export interface LabOptions {
  simulator?: SimulatorOptions;
  env?: Record<string, string>;
}

/** Sets up a lab for one test, and removes all of it afterwards. */
export async function inLab(
  deployer: DoorDeployer,
  program: string,
  options: LabOptions,
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-lab-")));
  const { door = "dynamic", way } = deployer;
  const ssh = way && (await openSshHosts(way));
  const sim = noteCalls(await startSimulator(options.simulator ?? {}));
  try {
    await ssh?.add(THE_HOST, { path: dirname(sim.bin) });
    symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "lab", type: "module" }));
    writeFileSync(
      join(dir, "Pulumi.yaml"),
      "name: lab\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    const modules = ssh ? MODULES_FAR : MODULES;
    const write = (text: string, through = door) =>
      writeFileSync(join(dir, "index.ts"), `import * as multipass from "${modules[through]}";\n${text}\n`);
    write(program);
    mkdirSync(join(dir, "state"));
    const env = {
      ...(ssh ? farEnv(sim, ssh) : sim.env),
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
    if (ssh && door === "plugin") await stack.setConfig("multipass-lab:host", THE_HOST);
    const lab: Lab = {
      dir,
      sim,
      ssh,
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
    await ssh?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The environment of a program whose Multipass runs on a host: this computer has none. */
function farEnv({ env }: Simulator, { program }: SshHosts): Record<string, string> {
  const { PULUMI_MULTIPASS_IMAGE_SERVER: images = "" } = env;
  return { PULUMI_MULTIPASS_IMAGE_SERVER: images, PULUMI_MULTIPASS_SSH: program, MULTIPASS_BIN: "/nowhere" };
}

/** Requires a run to succeed; a failed run fails the test with its complete output. */
export function succeeded(run: RunResult): RunResult {
  if (!run.ok) throw new Error(run.text);
  return run;
}

/** Brings the stack up, optionally with another program; it must succeed. */
export async function up(lab: Lab, program?: string): Promise<RunResult> {
  if (program !== undefined) lab.write(program);
  return succeeded(await lab.stack.up());
}

/**
 * Changes the world when a resource is seen to wait for it. A fixed delay would fail on a slow computer,
 * where starting Pulumi alone takes longer than the fault lasts.
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

/** Sends a signal to a process that a test has found. Process 0 would be the test's own group. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) throw new Error(`there is no process for ${signal}`);
  process.kill(pid, signal);
}

/** No name can be resolved, and no daemon answers, until the test changes that. */
export const JUST_BOOTED: FaultPlan = { socketAt: "9h", networkOutages: [{}] };
