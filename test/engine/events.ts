import type { LogMessage, Op, RunResult } from "./deployer.ts";
import type { Value } from "./values.ts";

export type Action = "preview" | "up" | "refresh" | "destroy";

/** What happens during a run, for whoever wants to watch: the display, the collected result, a test. */
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
      /** Secrets still wrapped, so that the display can hide them. */
      outputs: Record<string, Value>;
      ms: number;
    };

export type Emit = (event: RunEvent) => void;
