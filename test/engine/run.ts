import type { Config } from "./config.ts";
import { deleteAll } from "./deletes.ts";
import type { LogMessage, RunOptions, RunResult, StepRecord } from "./deployer.ts";
import { Deployment } from "./deployment.ts";
import { display } from "./display.ts";
import type { Action, RunEvent } from "./events.ts";
import { Executor, Halted, Reported } from "./executor.ts";
import { dependents } from "./graph.ts";
import { Journal } from "./journal.ts";
import { ALREADY_REPORTED, startProgram } from "./language.ts";
import { type Monitor, serveMonitor } from "./monitor.ts";
import { Planner } from "./planner.ts";
import { findPlugin } from "./plugin-process.ts";
import { DYNAMIC, isProvider, Plugins, packageOf } from "./plugins.ts";
import { stopAfter } from "./process.ts";
import type { Project } from "./project.ts";
import type { DetailedDiff, DiffResult } from "./provider.ts";
import { refreshAll } from "./refresh.ts";
import type { ResourceState, StateStore } from "./state.ts";
import { matches, STACK_TYPE, urnType } from "./urn.ts";
import { knownProps, type Value } from "./values.ts";

export interface RunInput {
  action: Action;
  options: RunOptions;
  project: Project;
  stack: string;
  config: Config;
  env: Record<string, string>;
  store: StateStore;
  /** The package whose plugin is started in advance. */
  plugin: string;
}

const DEFAULT_PARALLEL = 16;

/** One preview, up, refresh or destroy, from the first message to the last. */
export class Run {
  readonly #in: RunInput;
  readonly #journal: Journal;
  readonly #executor: Executor;
  readonly #planner: Planner;
  readonly #deployment: Deployment;
  readonly #steps: StepRecord[] = [];
  readonly #diffs = new Map<string, DetailedDiff | undefined>();
  readonly #logs: LogMessage[] = [];
  readonly #text: string[] = [];
  readonly #show: ((event: RunEvent) => void)[];
  #monitor: Monitor | undefined;
  readonly #plugins: Plugins;
  #pluginPid: number | undefined;
  #finishing: Promise<void> | undefined;
  #killing: NodeJS.Timeout | undefined;

  constructor(input: RunInput) {
    this.#in = input;
    const { options, store, action, stack, project } = input;
    const dryRun = action === "preview";
    this.#show = [display((text) => this.#text.push(text))];
    if (options.onOutput) this.#show.push(display(options.onOutput, { colour: options.color ?? false }));
    this.#journal = new Journal(store, !dryRun);
    this.#executor = new Executor({
      journal: this.#journal,
      emit: (event) => this.#emit(event),
      parallel: options.parallel ?? DEFAULT_PARALLEL,
      continueOnError: options.continueOnError ?? false,
    });
    this.#plugins = new Plugins({
      project,
      engineAddress: () => this.#monitor?.address ?? "",
      env: input.env,
      config: input.config,
      // A caller that passes a signal handles interrupts itself, so the terminal's must not reach the plugin.
      detached: options.signal !== undefined,
      onOutput: (line, stream) => this.#output(line, stream),
      find: (urn) => this.#deployment.get(urn) ?? this.#journal.olds.find((old) => old.urn === urn),
      onPlugin: (pid) => {
        this.#pluginPid = pid;
        options.onPlugin?.(pid);
      },
    });
    const shared = {
      ...this.#shared(),
      onDiff: (urn: string, { detailed }: DiffResult) => this.#diffs.set(urn, detailed),
    };
    this.#planner = new Planner({
      ...shared,
      stack,
      project: project.name,
      targets: options.targets ?? [],
      replace: options.replace ?? [],
    });
    this.#deployment = new Deployment({
      ...shared,
      dryRun,
      planner: this.#planner,
      onOutputs: () => undefined,
    });
  }

  async execute(): Promise<RunResult> {
    const { action, stack, options, project } = this.#in;
    const began = performance.now();
    this.#emit({ kind: "begin", action, stack });
    this.#warnOfPending();
    if (options.signal?.aborted) this.#cancel();
    options.signal?.addEventListener("abort", () => this.#cancel(), { once: true });
    this.#monitor = await serveMonitor(
      {
        project: project.name,
        stack,
        dryRun: action === "preview",
        parallel: options.parallel ?? DEFAULT_PARALLEL,
      },
      {
        register: (goal) => this.#deployment.register(goal),
        read: (goal) => this.#deployment.read(goal),
        registerOutputs: (urn, outputs) => this.#deployment.registerOutputs(urn, outputs),
        get: (urn) => this.#deployment.get(urn),
        knows: (name) => name === DYNAMIC || findPlugin(name, this.#in.env) !== undefined,
        invoke: async (token, args, provider) =>
          (await this.#plugins.plugin(packageOf(token), provider)).invoke(token, args, action === "preview"),
        programDone: () => this.#finish(),
        log: (message) => this.#log(message),
        stopped: this.#executor.halted,
      },
    );
    try {
      await this.#act();
    } catch (error) {
      if (!(error instanceof Reported || error instanceof Halted)) throw error;
    } finally {
      await this.#executor.idle();
      await this.#plugins.stop();
      this.#monitor.close();
    }
    return this.#result(performance.now() - began);
  }

  async #act(): Promise<void> {
    const { action, options, env } = this.#in;
    const shared = this.#shared();
    const included = this.#journal.olds.filter(
      (old) => options.targets === undefined || matches(old.urn, options.targets),
    );
    if (action === "refresh") {
      this.#journal.forgetInterrupted();
      const warn = (message: string, urn: string) =>
        this.#log({ severity: "warning", message, urn, ephemeral: false });
      await refreshAll({ ...shared, resources: included, warn });
    } else if (action === "destroy") {
      this.#refuseDependents(included.map((old) => old.urn));
      await deleteAll({ ...shared, dryRun: false }, included);
      this.#journal.save();
    } else {
      await this.#runProgram(env);
    }
  }

  async #runProgram(env: Record<string, string>): Promise<void> {
    const { project, stack, config, options, action } = this.#in;
    // Starts both slow processes at once. A failure to start the plugin matters only when it is needed.
    this.#plugins.plugin(this.#in.plugin, "").catch(() => undefined);
    const program = startProgram({
      project,
      stack,
      config,
      engineAddress: this.#monitor?.address ?? "",
      dryRun: action === "preview",
      parallel: options.parallel ?? DEFAULT_PARALLEL,
      env,
      onOutput: (line, stream) => this.#output(line, stream),
    });
    // A program waiting for something of its own would outlive an engine that no longer answers.
    stopAfter(this.#executor.halted, program, 5000);
    const code = await program.ended;
    if (code === 0) return await this.#finish();
    this.#executor.halt();
    if (code === ALREADY_REPORTED) this.#executor.errors.push(...this.#programErrors());
    else if (this.#executor.errors.length === 0) {
      throw this.#executor.reject(
        `Program exited with ${Number.isInteger(code) ? "code" : "signal"} ${code}`,
      );
    }
  }

  #programErrors(): string[] {
    const known = this.#executor.errors;
    const errors = this.#logs.filter((log) => log.severity === "error").map((log) => log.message);
    return errors.filter((message) => !known.includes(message));
  }

  /** Deletes what is left over, once: both the program and its end ask for it. */
  #finish(): Promise<void> {
    this.#finishing ??= (async () => {
      if (this.#executor.halted.aborted) return;
      if (this.#executor.errors.length === 0) await this.#deployment.deleteRest();
      this.#journal.save();
    })();
    return this.#finishing;
  }

  #refuseDependents(targets: string[]): void {
    if (this.#in.options.targets === undefined) return;
    const forgotten = dependents(this.#journal.olds, targets).filter((old) => !targets.includes(old.urn));
    for (const { urn } of forgotten) {
      this.#executor.report(
        `Resource '${urn}' will be destroyed but was not specified in --target list.\n` +
          "Either include resource in --target list or pass --target-dependents to proceed.",
        urn,
      );
    }
    if (forgotten.length > 0) throw new Reported("delete untargeted resource");
  }

  #shared() {
    return {
      journal: this.#journal,
      executor: this.#executor,
      plugin: (of: ResourceState) => this.#plugins.of(of),
    };
  }

  #cancel(): void {
    this.#log({ severity: "info", message: "cancelling: steps under way are waited for", ephemeral: false });
    this.#executor.halt();
    this.#executor.errors.push("update canceled");
    void this.#plugins.cancel();
  }

  #warnOfPending(): void {
    const { interrupted } = this.#journal;
    if (interrupted.length === 0) return;
    const list = interrupted.map(({ op, urn }) => `\n  * ${urn}, interrupted while ${op}`).join("");
    this.#log({
      severity: "warning",
      message:
        `Attempting to deploy or update resources with ${interrupted.length} pending operations ` +
        `from previous deployment.${list}`,
      ephemeral: false,
    });
  }

  #output(message: string, stream: "stdout" | "stderr"): void {
    this.#log({ severity: stream === "stdout" ? "info" : "info#err", message, ephemeral: false });
  }

  #log(message: LogMessage): void {
    if (message.severity !== "debug") this.#emit({ kind: "log", ...message });
  }

  #emit(event: RunEvent): void {
    if (event.kind === "start" && !isProvider(urnType(event.urn))) {
      const { op, urn } = event;
      const diff = this.#diffs.get(urn);
      this.#steps.push({ op, urn, ...(diff && { diff }) });
    }
    if (event.kind === "start") this.#killPluginLater(event);
    if (event.kind === "log") {
      const { kind, ...message } = event;
      this.#logs.push(message);
      this.#in.options.onLog?.(message);
    }
    for (const show of this.#show) show(event);
  }

  #killPluginLater({ op, urn }: StepRecord): void {
    const { killPluginAfter } = this.#in.options;
    const changes = packageOf(urnType(urn)) === this.#in.plugin && /create|update|delete/u.test(op);
    if (killPluginAfter === undefined || this.#killing !== undefined || !changes) return;
    this.#killing = setTimeout(() => void this.#plugins.kill(), killPluginAfter).unref();
  }

  #result(ms: number): RunResult {
    const { action } = this.#in;
    const errors = this.#executor.errors;
    const ok = errors.length === 0;
    const outputs = this.#outputs();
    this.#emit({ kind: "end", action, ok, summary: this.#executor.summary, outputs, ms });
    return {
      ok,
      summary: this.#executor.summary,
      steps: this.#steps,
      outputs: knownProps(outputs),
      logs: this.#logs,
      text: this.#text.join(""),
      ...(ok ? {} : { error: errors.join("\n") }),
      ...(this.#pluginPid === undefined ? {} : { pluginPid: this.#pluginPid }),
    };
  }

  #outputs(): Record<string, Value> {
    const { action } = this.#in;
    if (action === "destroy") return {};
    if (action === "refresh") {
      return this.#journal.resources.find((state) => state.type === STACK_TYPE)?.outputs ?? {};
    }
    return this.#deployment.outputs;
  }
}
