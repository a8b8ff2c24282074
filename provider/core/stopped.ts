import { MultipassError } from "../driver/errors.ts";
import { bringInto } from "./instance/converge.ts";
import type { PowerState } from "./instance/power-state.ts";
import { findMachine, requireMachine } from "./machine.ts";
import type { Operation } from "./operation/operation.ts";

/** The least that putting the power state back may take, even where the operation has used up its own time. */
const PUT_BACK_MS = 360_000;

/** What was done, and whether the machine is again what it was. */
export interface Done<T> extends Owing {
  result: T;
}

export interface Owing {
  /** The state that the machine could not be put back into, and why. */
  owed?: { powerState: PowerState; error: Error };
}

/**
 * Does something to a machine that Multipass allows only while it is stopped: stops it, does it, and puts its power state back, also
 * where the work has failed or this process is asked to end.
 *
 * @param options.purpose what the machine is stopped for, as in "stopping instance … to take a snapshot"
 * @param options.owed the state that Pulumi's state says it is owed, should it be stopped
 */
export function whileStopped<T>(
  op: Operation,
  name: string,
  options: { allowRestart: boolean | undefined; purpose: string; owed?: PowerState | undefined },
  work: () => Promise<T>,
): Promise<Done<T>> {
  return op.alone(name, async () => {
    const { state } = await requireMachine(op, name);
    const runs = powerStateOf(state) !== "stopped";
    const before = runs ? powerStateOf(state) : ((await stateOwed(op, name)) ?? options.owed ?? "stopped");
    if (runs) {
      if (options.allowRestart === false) {
        throw new MultipassError(`Unable to ${options.purpose}`, {
          kind: "instance-not-stopped",
          details: `instance "${name}" is ${state}, and \`allowRestart\` is false`,
          remedy: `Stop it (\`multipass stop ${name}\`), or permit the restart with \`allowRestart: true\`.`,
        });
      }
      op.log.info(`stopping instance "${name}" to ${options.purpose}`);
    }
    try {
      if (runs) {
        await op.multipass.intents.write({ kind: "stop", instance: name, powerState: before });
        await bringInto(op, { name, powerState: "stopped" });
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

/** Puts a machine into the state that an earlier operation has left it owing. */
export function settleOwed(op: Operation, name: string, powerState: PowerState): Promise<void> {
  return op.alone(name, () => putBack(op, name, powerState));
}

async function putBack(op: Operation, name: string, powerState: PowerState): Promise<undefined> {
  if (powerState === "stopped") return;
  // A process that is asked to end must not leave an instance behind that it has stopped.
  await bringInto(op.undisturbed(Math.max(PUT_BACK_MS, op.deadline.remaining)), { name, powerState });
  await op.multipass.intents.forget({ kind: "stop", instance: name });
}

/** Milliseconds for which a stop whose process was killed is still owed its start. After that somebody may have got used to it. */
const OWED_MS = 24 * 3_600_000;

/** The state of a machine before an operation that was killed while it had it stopped; undefined where there was none, or too long ago. */
async function stateOwed(op: Operation, name: string): Promise<PowerState | undefined> {
  const stop = await op.multipass.intents.read({ kind: "stop", instance: name });
  const isOwed = stop?.isLeft && Date.now() - Date.parse(stop.since) < OWED_MS;
  return isOwed ? stop.powerState : undefined;
}

/**
 * Puts a machine back that an operation has left stopped whose process was killed.
 *
 * @param owed the state that Pulumi's state says it is owed
 */
export async function putBackIfLeft(op: Operation, name: string, owed?: PowerState): Promise<Owing> {
  if (((await stateOwed(op, name)) ?? owed) === undefined) return {};
  return op.alone(name, async () => {
    // Whoever had the turn before may have put it back, or stopped it for good.
    const powerState = (await stateOwed(op, name)) ?? owed;
    if (powerState === undefined) return {};
    const state = (await findMachine(op, name))?.state;
    // By somebody else, who may stop it for a reason of their own.
    if (state === "Running" || state === "Suspended")
      await op.multipass.intents.forget({ kind: "stop", instance: name });
    if (state !== "Stopped") return {};
    op.log.info(`bringing instance "${name}" back, which an interrupted run has left stopped`);
    const error = await putBack(op, name, powerState).catch((reason: Error) => reason);
    return error ? { owed: { powerState, error } } : {};
  });
}

/** Says that a machine is not what it was before, where nothing else tells of it. @returns the state that it is owed */
export function sayOwed(op: Operation, name: string, { owed }: Owing): PowerState | undefined {
  if (owed) op.log.warn(`instance "${name}" is not ${owed.powerState} again: ${owed.error.message}`);
  return owed?.powerState;
}

/** The state that a machine has, or is on its way to. */
function powerStateOf(state: string): PowerState {
  if (state === "Stopped") return "stopped";
  return state === "Suspended" || state === "Suspending" ? "suspended" : "running";
}
