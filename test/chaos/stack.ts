import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { checkInstance } from "../../provider/core/instance/check.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { wasSeen } from "../../provider/core/instance/ownership.ts";
import { Journal } from "../../provider/core/ledger/journal.ts";
import { Ledger } from "../../provider/core/ledger/ledger.ts";
import type { Simulator } from "../../simulator/src/index.ts";
import { diffInstance } from "../support/operations.ts";
import type { Operation, Work, WorkerLine } from "./worker.ts";

/** Simulated time of each operation; a real minute is twenty of these. */
export const TIMEOUTS = { create: "6m", update: "6m", read: "4m", delete: "4m" };

/** What Pulumi keeps of a resource. */
interface Resource {
  id: string;
  outs: InstanceState;
  /** Its last operation ended with an initialisation error: the next `up` asks for an update whatever the diff says. */
  unfinished: boolean;
}

export interface RunReport {
  /** Every operation has succeeded. */
  ok: boolean;
  /** Names of the resources that something was done to. */
  touched: string[];
  errors: string[];
  /** Real milliseconds of each operation, by its kind. */
  durations: { op: Operation["op"]; resource: string; ms: number }[];
}

/** The process that carries operations out, to be killed. */
export interface Plugin {
  kill(signal: "SIGKILL" | "SIGTERM"): void;
}

/** A stack of any engine. Arguments are by the logical name of the resource. */
export interface ChaosStack {
  /** What the engine has written down, by the logical name. */
  readonly state: ReadonlyMap<string, { id: string; outs: InstanceState }>;
  /** Everything that was shown to anybody: logs, errors, what the processes said. */
  readonly shown: string[];
  /** The names of machines that somebody will ask for again. */
  remembered(): Promise<Set<string>>;
  up(
    program: ReadonlyMap<string, Record<string, unknown>>,
    onPlugin?: (plugin: Plugin) => void,
  ): Promise<RunReport>;
  refresh(onPlugin?: (plugin: Plugin) => void): Promise<RunReport>;
  destroy(onPlugin?: (plugin: Plugin) => void): Promise<RunReport>;
  dispose?(): Promise<void>;
}

/** One host, one stack, and everything that is needed to look at both. */
export interface Chaos {
  sim: Simulator;
  stack: ChaosStack;
  dir: string;
  program: Map<string, Record<string, unknown>>;
  /** Names of machines that were there before the stack, which takes them over. */
  adopted: string[];
  reports: RunReport[];
}

const ownerOf = (resource: string) => `urn:pulumi:chaos::chaos::multipass:Instance::${resource}`;

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

/**
 * As much of Pulumi's engine as decides what is done and what is remembered: enough to see that nothing is lost, small enough for a
 * thousand stacks.
 */
export class MiniStack implements ChaosStack {
  readonly state = new Map<string, Resource>();
  readonly shown: string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #scale: number;
  readonly #journal: Journal;
  readonly #ledger: Ledger;
  /** Every resource that the program has ever had. */
  readonly #seen = new Set<string>();

  constructor(env: Record<string, string>, scale: number) {
    this.#env = { ...process.env, ...env };
    const place = { platform: process.platform, env: this.#env };
    this.#journal = new Journal(env["MULTIPASS_BIN"] as string, place);
    this.#ledger = new Ledger(this.#journal);
    this.#scale = scale;
  }

  /** Pulumi, or this resource's next create. */
  async remembered(): Promise<Set<string>> {
    const names = [...this.state.values()].map(({ id }) => id);
    for (const resource of this.#seen)
      for (const { name } of await this.#journal.ofOwner(ownerOf(resource))) names.push(name);
    return new Set(names);
  }

  /**
   * @param program the arguments of each resource, by its logical name
   * @param onPlugin told of the process that carries the operations out
   */
  async up(
    program: ReadonlyMap<string, Record<string, unknown>>,
    onPlugin?: (plugin: Plugin) => void,
  ): Promise<RunReport> {
    const replaced: Record<string, Operation> = {};
    const first: Record<string, Operation> = {};
    const then: Record<string, Operation> = {};
    for (const [resource, args] of program) {
      const known = this.state.get(resource);
      const inputs = await this.#check(known?.outs, resource, args);
      if (!known) {
        first[resource] = { op: "create", inputs };
        continue;
      }
      const { changes, replaces } = diffInstance(known.outs, inputs);
      if (replaces.length > 0) replaced[resource] = { op: "delete", id: known.id, olds: known.outs };
      else if (changes || known.unfinished)
        first[resource] = { op: "update", id: known.id, olds: known.outs, news: inputs };
    }
    for (const [resource, { id, outs }] of this.state) {
      if (!program.has(resource)) then[resource] = { op: "delete", id, olds: outs };
    }
    // Always deleted first here: that names do not collide is seen on the real engines.
    if (Object.keys(replaced).length > 0) {
      const gone = await this.#run(replaced, onPlugin);
      return gone.ok ? merge(gone, await this.up(program)) : gone;
    }
    const made = await this.#run(first, onPlugin);
    // As the engine: what is not wanted any more goes when everything else is there.
    return made.ok && Object.keys(then).length > 0 ? merge(made, await this.#run(then, onPlugin)) : made;
  }

  refresh(onPlugin?: (plugin: Plugin) => void): Promise<RunReport> {
    return this.#run(
      this.#each((id, olds) => ({ op: "read", id, olds })),
      onPlugin,
    );
  }

  destroy(onPlugin?: (plugin: Plugin) => void): Promise<RunReport> {
    return this.#run(
      this.#each((id, olds) => ({ op: "delete", id, olds })),
      onPlugin,
    );
  }

  #each(operation: (id: string, olds: InstanceState) => Operation): Record<string, Operation> {
    return Object.fromEntries([...this.state].map(([name, { id, outs }]) => [name, operation(id, outs)]));
  }

  async #check(
    olds: InstanceState | undefined,
    resource: string,
    args: Record<string, unknown>,
  ): Promise<InstanceInputs> {
    this.#seen.add(resource);
    const owner = ownerOf(resource);
    // As the plugin's own entry does: what Pulumi shows as the last arguments, its state holds.
    if (olds) {
      await this.#ledger.acknowledge(olds.name, owner);
      await this.#ledger.hold(olds.name, olds, wasSeen(olds));
    }
    const name = olds?.name ?? (await this.#ledger.recall(owner));
    const known = name === undefined ? {} : { name, automaticName: true };
    const { inputs, failures } = checkInstance(known, { ...args, owner, logicalName: resource });
    if (failures.length > 0) throw new Error(`${resource}: ${JSON.stringify(failures)}`);
    return inputs;
  }

  async #run(operations: Record<string, Operation>, onPlugin?: (plugin: Plugin) => void): Promise<RunReport> {
    const report: RunReport = { ok: true, touched: Object.keys(operations), errors: [], durations: [] };
    if (report.touched.length === 0) return report;
    const plugin = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", worker], {
      env: this.#env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    plugin.stdin.on("error", () => undefined);
    plugin.stdin.end(JSON.stringify({ scale: this.#scale, operations } satisfies Work));
    onPlugin?.(plugin);
    const errors = text(plugin.stderr);
    const pending = new Set(report.touched);
    for await (const line of createInterface({ input: plugin.stdout })) {
      const said = JSON.parse(line) as WorkerLine;
      if ("log" in said) {
        this.shown.push(`${said.resource}: ${said.log}`);
        continue;
      }
      pending.delete(said.resource);
      const operation = operations[said.resource] as Operation;
      report.durations.push({ op: operation.op, resource: said.resource, ms: said.elapsed });
      this.#remember(said, operation, report);
    }
    const stderr = await errors;
    if (stderr !== "") this.shown.push(stderr);
    for (const resource of pending)
      report.errors.push(`${resource}: the plugin ended without an answer ${stderr}`);
    report.ok = report.errors.length === 0;
    return report;
  }

  /** What Pulumi would write down. */
  #remember(
    { resource, outcome }: Extract<WorkerLine, { outcome: unknown }>,
    { op }: Operation,
    report: RunReport,
  ): void {
    if (!outcome.ok) {
      this.shown.push(outcome.message);
      report.errors.push(`${op} ${resource}: ${outcome.message}`);
      if (outcome.partial) this.state.set(resource, { ...outcome.partial, unfinished: true });
    } else if (op === "delete" || outcome.outs === undefined) this.state.delete(resource);
    else this.state.set(resource, { id: outcome.id, outs: outcome.outs, unfinished: false });
  }
}

function merge(a: RunReport, b: RunReport): RunReport {
  return {
    ok: a.ok && b.ok,
    touched: [...a.touched, ...b.touched],
    errors: [...a.errors, ...b.errors],
    durations: [...a.durations, ...b.durations],
  };
}
