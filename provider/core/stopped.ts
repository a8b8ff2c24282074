import { MultipassError } from "../driver/errors.ts";
import type { PowerState } from "./common.ts";
import { InitializationError } from "./context.ts";
import { bringInto, type Known } from "./instance/converge.ts";
import { refusalsOf, refuse } from "./instance/refusals.ts";
import { findInstance, requireInstance } from "./instances.ts";
import { COMPLETION_MS, type Operation } from "./operation/operation.ts";

/** The result, and whether the instance is back in its earlier power state. */
export interface Done<T> extends Owing {
  result: T;
}

export interface Owing {
  /** The power state that could not be put back, and why. */
  owed?: { powerState: PowerState; error: Error };
}

/**
 * Does work that Multipass allows only while an instance is stopped: stops it, does the work, and puts its
 * power state back. It is put back even if the work fails or this process is asked to end.
 *
 * @param options.purpose why the instance is stopped, as in "stopping instance … to take a snapshot"
 * @param options.owed the power state that, by Pulumi's state, a stopped instance must be put back into
 */
export function whileStopped<T>(
  op: Operation,
  name: string,
  options: { allowRestart: boolean | undefined; purpose: string; owed?: PowerState | undefined },
  work: () => Promise<T>,
): Promise<Done<T>> {
  return op.alone(name, async () => {
    const { state } = await requireInstance(op, name);
    const now = powerStateOf(state);
    const runs = now !== "stopped";
    // An earlier operation may have left a stopped instance to be started again.
    const before = runs ? now : ((await stateOwed(op, name)) ?? options.owed ?? now);
    const { purpose, allowRestart } = options;
    const changes = { [`instance "${name}"`]: "stop" as const };
    refuse(`Unable to ${purpose}`, refusalsOf({ changes, has: { name, state }, asked: { allowRestart } }));
    if (runs) op.log.info(`stopping instance "${name}" to ${purpose}`);
    try {
      if (runs) {
        await op.multipass.intents.write({ kind: "stop", instance: name, powerState: before });
        await bringInto(op, name, "stopped");
      }
      const result = await work();
      const error = await putBack(op, name, before).catch((reason: Error) => reason);
      return error ? { result, owed: { powerState: before, error } } : { result };
    } catch (error) {
      await putBack(op, name, before).catch((reason: Error) => {
        op.log.warn(`instance "${name}" was ${before} and could not be put back: ${reason.message}`);
      });
      throw error;
    }
  });
}

/** Brings an instance into a power state for good: drops any record that it must be started again. */
export async function ensurePowerState(
  op: Operation,
  name: string,
  wanted: PowerState = "running",
  known?: Known,
): Promise<void> {
  await bringInto(op, name, wanted, known);
  await op.multipass.intents.forget({ kind: "stop", instance: name });
}

/** Puts an instance back into the power state that an earlier operation failed to restore. */
export function settleOwed(op: Operation, name: string, powerState: PowerState): Promise<void> {
  return op.alone(name, () => putBack(op, name, powerState));
}

async function putBack(op: Operation, name: string, powerState: PowerState): Promise<undefined> {
  if (powerState === "stopped") return;
  // A process that is asked to end must not leave behind an instance that it has stopped.
  await bringInto(op.undisturbed(Math.max(COMPLETION_MS, op.deadline.remaining)), name, powerState);
  await op.multipass.intents.forget({ kind: "stop", instance: name });
}

/** Milliseconds for which a killed process's work is put back. Later, somebody may rely on the stop. */
const OWED_MS = 24 * 3_600_000;

/** The power state before an operation that was killed meanwhile, unless that is too long ago. */
async function stateOwed(op: Operation, name: string): Promise<PowerState | undefined> {
  const stop = await op.multipass.intents.read({ kind: "stop", instance: name });
  const isOwed = stop?.isLeft && Date.now() - Date.parse(stop.since) < OWED_MS;
  return isOwed ? stop.powerState : undefined;
}

/** Puts back an instance that a killed process stopped. @param owed its power state by Pulumi's state */
export async function putBackIfLeft(op: Operation, name: string, owed?: PowerState): Promise<Owing> {
  if (((await stateOwed(op, name)) ?? owed) === undefined) return {};
  return op.alone(name, async () => {
    // Whoever held the lock before may have put it back, or stopped it for good.
    const powerState = (await stateOwed(op, name)) ?? owed;
    if (powerState === undefined) return {};
    const state = (await findInstance(op, name))?.state;
    // Somebody else has started it, and may stop it again for their own reasons.
    if (state === "Running" || state === "Suspended")
      await op.multipass.intents.forget({ kind: "stop", instance: name });
    if (state !== "Stopped") return {};
    op.log.info(`bringing instance "${name}" back, which an interrupted run has left stopped`);
    const error = await putBack(op, name, powerState).catch((reason: Error) => reason);
    return error ? { owed: { powerState, error } } : {};
  });
}

/** Warns that the power state was not put back, where no error can say so. @returns that power state */
export function sayOwed(op: Operation, name: string, { owed }: Owing): PowerState | undefined {
  if (owed) op.log.warn(`instance "${name}" is not ${owed.powerState} again: ${owed.error.message}`);
  return owed?.powerState;
}

/**
 * The error of an operation that did its work, but could not put the power state back. The next run does that.
 *
 * @param done the work and the instance, as the beginning of a sentence
 * @param more what else the next run does, or does not
 */
export function notPutBack<S extends object>(
  outs: S,
  { powerState, error }: NonNullable<Owing["owed"]>,
  done: string,
  more = "",
): InitializationError<S & { ready: false; owed: PowerState }> {
  const cause = new MultipassError(`${done} is not ${powerState} again`, {
    kind: "guest-start-timeout",
    details: error.message,
    remedy: `The next \`pulumi up\` tries again${more}.`,
  });
  return new InitializationError({ ...outs, ready: false, owed: powerState }, cause);
}

/** The power state that an instance has or is entering. */
function powerStateOf(state: string): PowerState {
  if (state === "Stopped") return "stopped";
  return state === "Suspended" || state === "Suspending" ? "suspended" : "running";
}
