import type { CustomTimeouts } from "./state.ts";
import type { Props } from "./values.ts";

/** The change of each property by its path, such as `{ image: "update-replace" }`. */
export type DetailedDiff = Record<string, string>;

export interface DiffResult {
  changes: "none" | "some" | "unknown";
  replaces: string[];
  deleteBeforeReplace: boolean;
  detailed?: DetailedDiff;
}

/** The resource that a call is about. */
export interface Subject {
  urn: string;
  name: string;
  type: string;
  timeouts?: CustomTimeouts;
}

/** A provider's operations on its resources. */
export interface Provider {
  /** Whether it can predict the result of a create or an update. */
  readonly supportsPreview: boolean;
  check(
    of: Subject,
    olds: Props | undefined,
    news: Props,
  ): Promise<{ inputs: Props; failures: { property: string; reason: string }[] }>;
  diff(of: Subject, id: string, old: { inputs: Props; outputs: Props }, news: Props): Promise<DiffResult>;
  create(of: Subject, inputs: Props, preview?: boolean): Promise<{ id: string; outputs: Props }>;
  /** @param state undefined for an import */
  read(
    of: Subject,
    id: string,
    state: { inputs: Props; outputs: Props } | undefined,
  ): Promise<{ id: string; outputs: Props; inputs: Props | undefined }>;
  update(
    of: Subject,
    id: string,
    old: { inputs: Props; outputs: Props },
    news: Props,
    preview?: boolean,
  ): Promise<Props>;
  delete(of: Subject, id: string, old: { inputs: Props; outputs: Props }): Promise<void>;
}
