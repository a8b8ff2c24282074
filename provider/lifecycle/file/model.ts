import type { MachineInputs } from "../common.ts";
import { type Costs, RECORDED } from "../difference.ts";

export interface FileInputs extends MachineInputs {
  /** Absolute, in the guest. */
  path: string;
  content?: string;
  /** Path of a file of the host, or a Pulumi asset. */
  source?: unknown;
  /** Folder of the host. */
  directory?: string;
  /** Four octal digits. */
  mode?: string;
  user?: string;
  group?: string;
  parents?: boolean;
  deletionPolicy?: "delete" | "keep";
  /** Digest of what `source` or `directory` names, by `check`, so that a change of the content is one of the inputs. */
  sourceHash?: string;
}

export interface FileState extends FileInputs {
  /** Digest of what is in the guest. */
  sha256: string;
  /** Digests of the files of a directory, by path. */
  files?: Record<string, string>;
  /** Whether the folder itself was made, and has to go with its files. */
  madeFolder?: boolean;
}

/** Besides the content, which is compared by its digest with what is in the guest. */
export const FILE_COSTS: Costs = {
  instance: "replace",
  path: "replace",
  mode: "update",
  user: "update",
  group: "update",
  source: "record",
  directory: "record",
  parents: "record",
  deletionPolicy: "record",
  ...RECORDED,
};
