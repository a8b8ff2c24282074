import { engineLog } from "./engine-log.ts";
import { hostOf } from "./host.ts";
import { type Context, InitializationError } from "./lifecycle/context.ts";
import { redactedError, redactedLog, redaction } from "./lifecycle/redact.ts";
import { isMultipassError } from "./multipass/errors.ts";
import { type Outcome, withOutcome } from "./outcome.ts";
import { systemClock } from "./readiness/clock.ts";
import { Timeline } from "./readiness/timeline.ts";
import { shutdownSignal } from "./shutdown.ts";

/** What every resource of this package has among its properties. */
export interface CommonProperties {
  /** The `multipass` client; looked up when left out. */
  multipassPath?: string;
  /** The resource's URN. */
  owner: string;
}

/** Properties as they come from Pulumi: what the lifecycle knows, and the serialised provider. */
export type FromPulumi<T> = T & { __provider?: string };

/**
 * Runs an operation with everything it needs, and hands its failure over in the form that Pulumi understands. Nothing that it says, in a log
 * or in an error, holds a secret of the properties.
 *
 * @param olds what the properties were before, where they change
 * @param outcome what the resource's row says in the end
 */
export async function operation<P extends CommonProperties, R>(
  properties: FromPulumi<P>,
  run: (ctx: Context, properties: P) => Promise<R>,
  olds: object = {},
  outcome: Outcome<R> = () => "done",
): Promise<R> {
  const { __provider, ...plain } = properties;
  const hide = redaction(plain, olds);
  const shutdown = shutdownSignal();
  const engine = engineLog(properties.owner);
  const log = withOutcome(redactedLog(engine, hide));
  const begun = systemClock.now();
  try {
    const ctx: Context = {
      host: hostOf(properties.multipassPath),
      clock: systemClock,
      random: Math.random,
      signal: shutdown.signal,
      log,
      timeline: new Timeline(systemClock),
    };
    const result = await run(ctx, plain as unknown as P);
    log.outcome(outcome(result, systemClock.now() - begun));
    return withoutUndefined(result);
  } catch (error) {
    if (!(error instanceof InitializationError)) throw withReference(redactedError(error, hide), error);
    // Pulumi recognises an initialisation error by these fields, and keeps `properties` as they are: without the provider in it
    // the resource could never be read, updated or deleted again.
    const { message } = withReference(redactedError(error, hide), error.cause) as Error;
    throw Object.assign(error, {
      reasons: [message],
      properties: { ...withoutUndefined(error.outs), __provider },
    });
  } finally {
    await engine.delivered();
    shutdown.release();
  }
}

/** Adds where the page on this kind of error is: in the package itself, since whoever reads it may well be offline. */
function withReference(error: unknown, cause: unknown): unknown {
  if (error instanceof Error && isMultipassError(cause)) {
    error.message += `\nMore on this: node_modules/pulumi-multipass/docs/errors/${cause.kind}.md`;
    printLikeMessage(error);
  }
  return error;
}

/** The SDK prints `${error}: ${error.stack}` when a read or a delete fails. Split in two, the message reads there as it does elsewhere. */
function printLikeMessage(error: Error): void {
  const [head = "", ...rest] = error.message.split(": ");
  error.toString = () => head;
  error.stack = rest.join(": ");
}

/** Pulumi's wire format has no `undefined`; one anywhere in an answer fails the operation after its work is done. */
export function withoutUndefined<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
