import { systemClock } from "../driver/clock.ts";
import { MultipassError } from "../driver/errors.ts";
import type { CommonProperties, TimeoutsInput } from "./common.ts";
import { InitializationError, type Log } from "./context.ts";
import { type HostInput, nameOf } from "./host.ts";
import { Deadline } from "./operation/deadline.ts";
import { Operation } from "./operation/operation.ts";
import { timeoutOf } from "./operation/timing.ts";
import { redactedError, redactedLog, redaction } from "./redact.ts";
import type { Run } from "./run.ts";

/** Summarises an operation that succeeded, given its result and the milliseconds that it took. */
type Outcome<R> = (result: R, ms: number) => string;

/**
 * A log that remembers whether a status is showing. Pulumi keeps the last status on a finished row ("created
 * (55s) cloud-init is running"). An empty status would leave a dangling "; ", so the outcome replaces it.
 */
function withOutcome(log: Log): Log & { outcome(message: string): void } {
  let isBusy = false;
  return {
    status(message) {
      isBusy = true;
      log.status(message);
    },
    info(message) {
      isBusy = false;
      log.info(message);
    },
    warn(message) {
      isBusy = false;
      log.warn(message);
    },
    outcome(message) {
      if (isBusy) log.status(message);
    },
  };
}

/**
 * Runs an operation within its `timeouts`. Neither its log nor its errors show a secret from the properties.
 *
 * @param olds the earlier properties, if they change
 * @param outcome the final text in the resource's row
 */
export async function perform<P extends CommonProperties, R>(
  run: Run,
  kind: keyof TimeoutsInput,
  properties: P,
  work: (op: Operation, properties: P) => Promise<R>,
  { olds = {}, outcome = () => "done" }: { olds?: object; outcome?: Outcome<R> } = {},
): Promise<R> {
  if (kind !== "read") run.isUpdate = true;
  const hide = redaction(properties, olds);
  const release = run.door.hold();
  const said = run.door.log(properties.owner);
  const log = withOutcome(redactedLog(said, hide));
  const begun = systemClock.now();
  try {
    const multipass = run.multipass(properties);
    const { signal } = run.door;
    const deadline = new Deadline(systemClock, timeoutOf(kind, properties));
    const op = new Operation({ multipass, clock: systemClock, random: Math.random, signal, log }, deadline);
    const result = await work(op, properties);
    log.outcome(outcome(result, systemClock.now() - begun));
    return result;
  } catch (error) {
    throw redactedError(namingHost(error, properties.host), hide);
  } finally {
    await said.delivered();
    release();
  }
}

/** An error that says on which host it happened. */
function namingHost(error: unknown, host: HostInput | undefined): unknown {
  if (host === undefined) return error;
  if (error instanceof InitializationError) {
    const cause = namingHost(error.cause, host);
    if (!(cause instanceof Error)) return error;
    return Object.assign(new InitializationError(error.outs, cause), { id: error.id });
  }
  if (!(error instanceof MultipassError) || error.host !== undefined) return error;
  const name = nameOf(host);
  return new MultipassError(`${error.summary} on ${name}`, { ...error, host: name, cause: error });
}
