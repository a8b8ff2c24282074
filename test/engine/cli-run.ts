import { stripVTControlCharacters } from "node:util";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import type { LogMessage, Op, RunOptions, RunResult, StepRecord } from "./deployer.ts";

export type Operation = "preview" | "up" | "refresh" | "destroy";

const PROVIDERS = "pulumi:providers:";

/** One operation of the Pulumi CLI. Collects its events into the result that the test engine would give. */
export class CliRun {
  readonly #stack: Stack;
  readonly #operation: Operation;
  readonly #options: RunOptions;
  readonly #steps: StepRecord[] = [];
  readonly #logs: LogMessage[] = [];
  readonly #text: string[] = [];
  #summary: RunResult["summary"] = {};
  #plugin: Promise<number | undefined> | undefined;
  #killing = false;

  constructor(stack: Stack, operation: Operation, options: RunOptions) {
    this.#stack = stack;
    this.#operation = operation;
    this.#options = options;
  }

  async execute(): Promise<RunResult> {
    const error = await this.#run();
    const pluginPid = await this.#plugin;
    const isGone = this.#operation === "destroy" || this.#operation === "preview";
    const outputs = isGone ? {} : await this.#stack.outputs().catch(() => ({}));
    return {
      ok: error === undefined,
      summary: this.#summary,
      steps: this.#steps,
      outputs: Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value])),
      logs: this.#logs,
      text: this.#text.join(""),
      ...(error === undefined ? {} : { error: this.#errors() || error.message }),
      ...(pluginPid === undefined ? {} : { pluginPid }),
    };
  }

  async #run(): Promise<Error | undefined> {
    const o = this.#options;
    const onText = (text: string) => {
      this.#text.push(stripVTControlCharacters(text));
      o.onOutput?.(text);
    };
    const common = {
      color: o.color ? ("always" as const) : ("never" as const),
      onEvent: (event: EngineEvent) => this.#onEvent(event),
      onOutput: onText,
      onError: onText,
      ...(o.targets === undefined ? {} : { target: o.targets }),
      ...(o.parallel === undefined ? {} : { parallel: o.parallel }),
      ...(o.signal === undefined ? {} : { signal: o.signal }),
    };
    const goOn = o.continueOnError === undefined ? {} : { continueOnError: o.continueOnError };
    const replace = o.replace === undefined ? {} : { replace: o.replace };
    try {
      if (this.#operation === "up") await this.#stack.up({ ...common, ...goOn, ...replace });
      else if (this.#operation === "preview") await this.#stack.preview({ ...common, ...replace });
      else if (this.#operation === "refresh") await this.#stack.refresh(common);
      else await this.#stack.destroy({ ...common, ...goOn });
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #onEvent(event: EngineEvent): void {
    if (event.summaryEvent) {
      this.#summary = event.summaryEvent.resourceChanges as RunResult["summary"];
    } else if (event.resourcePreEvent) {
      const { op, urn, type, detailedDiff } = event.resourcePreEvent.metadata;
      if (type.startsWith(PROVIDERS)) return;
      const changes = Object.entries(detailedDiff ?? {}).map(([path, { diffKind }]) => [path, diffKind]);
      this.#steps.push({ op: op as Op, urn, ...(detailedDiff && { diff: Object.fromEntries(changes) }) });
      if (/^(?:pulumi-nodejs|multipass-lab):/.test(type)) this.#watchPlugin(op);
    } else if (event.diagnosticEvent) {
      const { urn, message, severity, ephemeral } = event.diagnosticEvent;
      const log: LogMessage = {
        severity,
        message: withoutMarkup(message),
        ephemeral: ephemeral ?? false,
        ...(urn ? { urn } : {}),
      };
      this.#logs.push(log);
      this.#options.onLog?.(log);
    }
  }

  #errors(): string {
    return this.#logs
      .filter((log) => log.severity === "error")
      .map((log) => log.message)
      .join("\n");
  }

  #watchPlugin(op: string): void {
    this.#plugin ??= findProcesses().then(({ cli, plugin }) => {
      if (cli !== undefined) this.#options.onCli?.(cli);
      if (plugin !== undefined) this.#options.onPlugin?.(plugin);
      return plugin;
    });
    const { killPluginAfter } = this.#options;
    if (killPluginAfter === undefined || this.#killing || !/create|update|delete/u.test(op)) return;
    this.#killing = true;
    setTimeout(async () => {
      const pid = await this.#plugin;
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    }, killPluginAfter);
  }
}

/** Removes the CLI's own colour markup from events. */
const withoutMarkup = (message: string): string =>
  stripVTControlCharacters(message.replace(/<\{%[^%]*%\}>/gu, "")).trimEnd();

/** The SDK's dynamic provider, or the plugin of this package. */
const PLUGIN = /^\S*node\S* \S*(?:cmd\/dynamic-provider|doors\/plugin\/main\.ts)/u;

/**
 * Finds the CLI and its plugin among the descendants of this process; nothing else reveals their process ids.
 */
async function findProcesses(): Promise<{ cli?: number | undefined; plugin?: number | undefined }> {
  // Windows has no such `ps`.
  if (process.platform === "win32") return {};
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,args="]);
  const processes = stdout.split("\n").map((line) => {
    const [pid = "", parent = "", ...args] = line.trim().split(/\s+/u);
    return { pid: Number(pid), parent: Number(parent), args: args.join(" ") };
  });
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)));
  const find = (command: RegExp) => processes.find(({ pid, args }) => command.test(args) && isOurs(pid))?.pid;
  return { cli: find(/^\S*pulumi /u), plugin: find(PLUGIN) };
}
