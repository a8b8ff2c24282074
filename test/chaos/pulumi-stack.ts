import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { InstanceState } from "../../provider/core/instance/model.ts";
import { Journal } from "../../provider/core/ledger/journal.ts";
import { type DoorDeployer, MODULES, pluginFolder } from "../e2e/lab.ts";
import { type Deployer, type RunOptions, type RunResult, reveal } from "../engine/index.ts";
import type { StackMaker } from "./run-scenario.ts";
import type { ChaosStack, Plugin, RunReport } from "./stack.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../..");

/** Reads its resources from a file, which each run may change. */
const PROGRAM = `import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as multipass from "MODULE";

for (const [name, { cloudInit, ...args }] of JSON.parse(readFileSync("program.json", "utf8"))) {
  new multipass.Instance(name, { ...args, cloudInit: pulumi.secret(cloudInit) });
}
`;

/** Pauses and deadlines in real time, since the plugin process has no other; the simulated host is quicker. */
const TIMING = {
  retry: { initialDelay: "300ms", maxDelay: "1s" },
  timeouts: { create: "90s", update: "90s", read: "60s", delete: "60s" },
};

/** A stack on a real engine: Pulumi's, or the one for tests. Slower than the small one by two orders of magnitude. */
export function onPulumi({ open, door = "dynamic" }: DoorDeployer): StackMaker {
  return async (given, dir) => {
    const isPlugin = door === "plugin";
    const PATH = [pluginFolder(dir), process.env["PATH"]].join(delimiter);
    const env = isPlugin ? { ...given, PATH } : given;
    symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "chaos", type: "module" }));
    writeFileSync(join(dir, "Pulumi.yaml"), "name: chaos\nruntime: nodejs\n");
    writeFileSync(join(dir, "index.js"), PROGRAM.replace("MODULE", MODULES[door]));
    const plugin = isPlugin ? { plugin: "multipass-lab" } : {};
    const stack = await open({ dir, stack: "test", stateDir: dir, env, ...plugin });
    return new PulumiStack(stack, env, dir);
  };
}

/** By which the journal knows all of the stack: its URNs begin like this. */
const OWNER = "urn:pulumi:test::chaos::";

class PulumiStack implements ChaosStack {
  state: ChaosStack["state"] = new Map();
  readonly shown: string[] = [];
  readonly #stack: Deployer;
  readonly #env: Record<string, string>;
  readonly #dir: string;
  constructor(stack: Deployer, env: Record<string, string>, dir: string) {
    this.#stack = stack;
    this.#env = env;
    this.#dir = dir;
  }

  async remembered(): Promise<Set<string>> {
    const journal = new Journal(this.#env["MULTIPASS_BIN"] as string, {
      platform: process.platform,
      env: this.#env,
    });
    const names = [...this.state.values()].map(({ id }) => id);
    return new Set([...names, ...(await journal.namesOfStack(OWNER))]);
  }

  up(program: ReadonlyMap<string, Record<string, unknown>>, onPlugin?: (plugin: Plugin) => void) {
    const resources = [...program].map(([name, args]) => [name, { ...args, ...TIMING }]);
    writeFileSync(join(this.#dir, "program.json"), JSON.stringify(resources));
    return this.#run("up", onPlugin);
  }

  refresh(onPlugin?: (plugin: Plugin) => void) {
    return this.#run("refresh", onPlugin);
  }

  destroy(onPlugin?: (plugin: Plugin) => void) {
    return this.#run("destroy", onPlugin);
  }

  dispose() {
    return this.#stack.dispose();
  }

  async #run(command: "up" | "refresh" | "destroy", onPlugin?: (plugin: Plugin) => void): Promise<RunReport> {
    const options: RunOptions = {
      continueOnError: true,
      onPlugin: (pid) => onPlugin?.({ kill: (signal) => void kill(pid, signal) }),
    };
    const result = await this.#stack[command](options);
    await this.#look();
    // What the SDK itself says when it is debugged is not this package's.
    const said = result.logs.filter(({ severity }) => severity !== "debug");
    this.shown.push(result.text, ...said.map(({ message }) => message));
    return {
      ok: result.ok,
      touched: touchedBy(result),
      errors: result.ok ? [] : [result.text],
      durations: [],
    };
  }

  async #look(): Promise<void> {
    const { resources } = await this.#stack.state();
    const instances = resources.filter(({ type }) => type.endsWith(":Instance"));
    this.state = new Map(
      instances.map(({ urn, id, outputs }) => [
        urn.split("::").at(-1) as string,
        { id, outs: reveal(outputs) as unknown as InstanceState },
      ]),
    );
  }
}

const touchedBy = ({ steps }: RunResult): string[] =>
  steps.filter(({ op, urn }) => op !== "same" && !urn.includes("pulumi:pulumi:Stack")).map(({ urn }) => urn);

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself meanwhile.
  }
}
