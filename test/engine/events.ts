import type { LogMessage, Op, RunResult } from "./deployer.ts";
import type { Value } from "./values.ts";

export type Action = "preview" | "up" | "refresh" | "destroy";

/** Events of a run, for its observers: the display, the collected result, a test. */
export type RunEvent =
  | { kind: "begin"; action: Action; stack: string }
  | { kind: "start"; op: Op; urn: string }
  | { kind: "done"; op: Op; urn: string; ms: number }
  | { kind: "failed"; op: Op; urn: string; ms: number }
  | ({ kind: "log" } & LogMessage)
  | {
      kind: "end";
      action: Action;
      ok: boolean;
      summary: RunResult["summary"];
      /** Secrets are still wrapped, so that the display can hide them. */
      outputs: Record<string, Value>;
      ms: number;
    };

export type Emit = (event: RunEvent) => void;
