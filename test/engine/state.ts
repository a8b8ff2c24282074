import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { ResourceInfo } from "./deployer.ts";
import { type Crypter, crypter, openProps, sealProps } from "./secrets.ts";

/** A resource in the state: the part that `Deployer.state` shows, and options that outlive a run. */
export interface ResourceState extends ResourceInfo {
  additionalSecretOutputs: string[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  deletedWith: string;
  /** The explicit provider, as `URN::ID`; empty for the default one. */
  provider: string;
  customTimeouts: CustomTimeouts;
}

/** Timeouts in seconds. */
export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

export interface PendingOperation {
  op: string;
  urn: string;
}

interface StateFile {
  version: 1;
  salt: string;
  pendingOperations: PendingOperation[];
  resources: ResourceState[];
}

export interface StateStore {
  readonly file: string;
  readonly resources: ResourceState[];
  readonly pendingOperations: PendingOperation[];
  save(resources: ResourceState[], pendingOperations: PendingOperation[]): void;
}

/**
 * Opens the state in a file. Each save replaces the whole file in one rename. A killed engine therefore
 * leaves the state before or after a step, never in between.
 */
export function openState(file: string, passphrase: string): StateStore {
  const stored = readState(file);
  const by: Crypter = crypter(passphrase, stored?.salt);
  return {
    file,
    resources: (stored?.resources ?? []).map((resource) => ({
      ...resource,
      inputs: openProps(resource.inputs, by),
      outputs: openProps(resource.outputs, by),
    })),
    pendingOperations: stored?.pendingOperations ?? [],
    save(resources, pendingOperations) {
      const sealed = resources.map((resource) => ({
        ...resource,
        inputs: sealProps(resource.inputs, by),
        outputs: sealProps(resource.outputs, by),
      }));
      const content: StateFile = { version: 1, salt: by.salt, pendingOperations, resources: sealed };
      mkdirSync(dirname(file), { recursive: true });
      writeFileAtomic.sync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    },
  };
}

function readState(file: string): StateFile | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as StateFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`Unable to read the state in ${file}`, { cause: error });
  }
}
