import type { Props, Value } from "./values.ts";

/** What a test or the demo asks of a stack, whichever engine carries it out. */
export interface Deployer {
  readonly kind: "engine" | "cli";
  /** The file that holds the stack's state, to be looked at by tests (secrets must not be readable in it). */
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
  /** URNs; `*` stands for any text. Everything else is left as it is. */
  targets?: string[];
  /** URNs to replace even though nothing changed. */
  replace?: string[];
  /** Variables for the program and the provider plugin, on top of the stack's own. */
  env?: Record<string, string>;
  /** Stops gracefully: steps under way end, no new one starts. */
  signal?: AbortSignal;
  onLog?: (log: LogMessage) => void;
  /** Called once with the process id of the provider plugin, as soon as it runs. */
  onPlugin?: (pid: number) => void;
  /** Called once with the process id of the CLI, where the engine runs in a process of its own. */
  onCli?: (pid: number) => void;
  /** Kills the plugin with SIGKILL this many milliseconds after it was first asked to change something. */
  killPluginAfter?: number;
  /** Receives the text for the user while it is produced. */
  onOutput?: (text: string) => void;
  /** Colours the text given to `onOutput`; `RunResult.text` never has colours. */
  color?: boolean;
  parallel?: number;
  /** Goes on with resources that do not depend on a failed one. Without it a failure lets running steps end only. */
  continueOnError?: boolean;
}

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

export interface LogMessage {
  severity: Severity;
  message: string;
  urn?: string;
  /** A status that the next message replaces, not meant to stay on the screen. */
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
  /** How each property changes, by its path, where the provider has said it. */
  diff?: Record<string, string>;
}

export interface RunResult {
  ok: boolean;
  /** How many resources saw which operation, the stack itself included, as Pulumi counts them. */
  summary: Partial<Record<Op, number>>;
  /** Steps in the order in which they started. */
  steps: StepRecord[];
  /** Stack outputs; secrets are unwrapped. */
  outputs: Record<string, unknown>;
  logs: LogMessage[];
  /** Everything that a user would see. */
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
  /** A secret is an object that `isSecret` of values.ts recognises; `reveal` takes the wrapping off. */
  inputs: Props;
  outputs: Props;
  parent: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  initErrors: string[];
  protect: boolean;
  retainOnDelete: boolean;
  /** The replaced predecessor of a resource, still to be deleted. */
  delete: boolean;
  /** Deleted in order to be replaced, the successor not created yet. */
  pendingReplacement: boolean;
}

export interface StackState {
  /** Without the providers, which Pulumi keeps as resources, too. */
  resources: ResourceInfo[];
  outputs: Record<string, Value>;
  /** Operations that an engine which was killed had under way. */
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
  /** The package whose plugin most of the program needs, so that it is started at once. Default: the dynamic provider's. */
  plugin?: string;
  /** Where state and configuration are kept. */
  stateDir?: string;
  env?: Record<string, string>;
}
