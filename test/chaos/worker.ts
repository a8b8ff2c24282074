/**
 * Stands for the plugin process: carries out some operations at once, as Pulumi asks for them, and can be killed at any moment.
 *
 * stdin: one JSON document, `Work`. stdout: one line of JSON, `WorkerLine`, for whatever the engine would have been told. What was not
 * said before a kill was never said.
 */
import { text } from "node:stream/consumers";
import { InitializationError } from "../../provider/core/context.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { multipassOf } from "../../provider/core/multipass.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import { type Redaction, redactedError, redactedLog, redaction } from "../../provider/core/redact.ts";
import { shutdownSignal } from "../../provider/doors/shutdown.ts";
import { createInstance, deleteInstance, readInstance, updateInstance } from "../support/operations.ts";
import { scaledClock } from "../support/scaled-clock.ts";

export type Operation =
  | { op: "create"; inputs: InstanceInputs }
  | { op: "update"; id: string; olds: InstanceState; news: InstanceInputs }
  | { op: "read"; id: string; olds: InstanceState }
  | { op: "delete"; id: string; olds: InstanceState };

export interface Work {
  scale: number;
  operations: Record<string, Operation>;
}

export type Outcome =
  | { ok: true; id: string; outs?: InstanceState | undefined }
  | { ok: false; message: string; partial?: { id: string; outs: InstanceState } };

export type WorkerLine =
  | { resource: string; log: string }
  | { resource: string; outcome: Outcome; elapsed: number };

function say(line: WorkerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function perform(ctx: Surroundings, operation: Operation, hide: Redaction): Promise<Outcome> {
  try {
    switch (operation.op) {
      case "create":
        return { ok: true, ...(await createInstance(ctx, operation.inputs)) };
      case "update": {
        const { id, olds, news } = operation;
        return { ok: true, id, outs: await updateInstance(ctx, id, olds, news) };
      }
      case "read": {
        const found = await readInstance(ctx, operation.id, operation.olds);
        return { ok: true, id: operation.id, outs: found?.outs };
      }
      case "delete":
        await deleteInstance(ctx, operation.id, operation.olds);
        return { ok: true, id: operation.id };
    }
  } catch (thrown) {
    const error = redactedError(thrown, hide);
    const message = (error as Error).stack ?? String(error);
    if (!(error instanceof InitializationError)) return { ok: false, message };
    const { id, outs } = error;
    return { ok: false, message, partial: { id, outs: outs } };
  }
}

const { scale, operations } = JSON.parse(await text(process.stdin)) as Work;
const clock = scaledClock(scale);
const shutdown = shutdownSignal();
await Promise.all(
  Object.entries(operations).map(async ([resource, operation]) => {
    const log = (message: string) => say({ resource, log: message });
    const { op, ...properties } = operation;
    const hide = redaction(...Object.values(properties).filter((value) => typeof value === "object"));
    const started = Date.now();
    const outcome = await perform(
      {
        multipass: multipassOf(undefined),
        clock,
        random: Math.random,
        signal: shutdown.signal,
        log: redactedLog({ status: log, info: log, warn: log }, hide),
      },
      operation,
      hide,
    );
    say({ resource, outcome, elapsed: Date.now() - started });
  }),
);
shutdown.release();
