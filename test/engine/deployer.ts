import type { Props, Value } from "./values.ts";

/** The operations of a test or the demo on a stack, whichever engine runs them. */
export interface Deployer {
  readonly kind: "engine" | "cli";
  /** The file with the stack's state, for tests to inspect (secrets must not be readable in it). */
  readonly stateFile: string;
  preview(o?: RunOptions): Promise<RunResult>;
  up(o?: RunOptions): Promise<RunResult>;
  refresh(o?: RunOptions): Promise<RunResult>;
  destroy(o?: RunOptions): Promise<RunResult>;
  state(): Promise<StackState>;
  setConfig(key: string, value: string, o?: { secret?: boolean }): Promise<void>;
  dispose(): Promise<void>;
}

export interface RunOptions {
  /** URNs; `*` matches any text. Everything else is left as it is. */
  targets?: string[];
  /** URNs to replace even if nothing has changed. */
  replace?: string[];
  /** Environment variables for the program and the provider plugin, added to the stack's own. */
  env?: Record<string, string>;
  /** Stops gracefully: running steps finish, and no new ones start. */
  signal?: AbortSignal;
  onLog?: (log: LogMessage) => void;
  /** Called once with the process id of the provider plugin, as soon as it runs. */
  onPlugin?: (pid: number) => void;
  /** Called once with the process id of the CLI, if the engine runs in its own process. */
  onCli?: (pid: number) => void;
  /** Kills the plugin with SIGKILL this many milliseconds after its first request to change something. */
  killPluginAfter?: number;
  /** Receives the user's output as it is produced. */
  onOutput?: (text: string) => void;
  /** Adds colours to the text for `onOutput`; `RunResult.text` never has any. */
  color?: boolean;
  parallel?: number;
  /**
   * Continues with resources that do not depend on a failed one. Otherwise, after a failure only the running
   * steps finish.
   */
  continueOnError?: boolean;
}

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

export interface LogMessage {
  severity: Severity;
  message: string;
  urn?: string;
  /** Whether the message is a temporary status, which the next message replaces. */
  ephemeral: boolean;
}

export type Op =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "remove-pending-replace"
  | "import";

export interface StepRecord {
  op: Op;
  urn: string;
  /** The change of each property by its path, if the provider reports it. */
  diff?: Record<string, string>;
}

export interface RunResult {
  ok: boolean;
  /** Number of resources by operation, including the stack itself, as Pulumi counts them. */
  summary: Partial<Record<Op, number>>;
  /** Steps in the order in which they started. */
  steps: StepRecord[];
  /** Stack outputs; secrets are unwrapped. */
  outputs: Record<string, unknown>;
  logs: LogMessage[];
  /** The complete output for the user. */
  text: string;
  error?: string;
  pluginPid?: number;
}

export interface ResourceInfo {
  urn: string;
  type: string;
  id: string;
  custom: boolean;
  external: boolean;
  /** Inputs. `isSecret` of values.ts recognises secrets, and `reveal` unwraps them. */
  inputs: Props;
  outputs: Props;
  parent: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  initErrors: string[];
  protect: boolean;
  retainOnDelete: boolean;
  /** Whether it has been replaced and must still be deleted. */
  delete: boolean;
  /** Whether it was deleted for a replacement that has not been created yet. */
  pendingReplacement: boolean;
}

export interface StackState {
  /** Excludes providers, which Pulumi also keeps as resources. */
  resources: ResourceInfo[];
  outputs: Record<string, Value>;
  /** Operations that were under way when an engine was killed. */
  pendingOperations: { op: string; urn: string }[];
}

export interface StackOptions {
  /** The folder with Pulumi.yaml. */
  dir: string;
  /** Overrides the name in Pulumi.yaml (engine only). */
  project?: string;
  stack?: string;
  passphrase?: string;
  /** Runs this file of the folder as an inline program (engine only). */
  inline?: string;
  /**
   * The package whose plugin is started at once, because most of the program needs it. Default: the dynamic
   * provider's.
   */
  plugin?: string;
  /** The folder for state and configuration. */
  stateDir?: string;
  env?: Record<string, string>;
}
