import { MultipassError } from "../multipass/errors.ts";
import { Deadline } from "../readiness/clock.ts";
import { isLeft } from "../readiness/intents.ts";
import type { Context } from "./context.ts";
import { bringInto } from "./instance/converge.ts";
import type { PowerState } from "./instance/model.ts";
import { stopOf } from "./intents.ts";
import { aloneWith } from "./lock.ts";
import { findMachine, requireMachine } from "./machine.ts";
import { unhurried } from "./timing.ts";

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
  ctx: Context,
  name: string,
  options: { allowRestart: boolean | undefined; purpose: string; owed?: PowerState | undefined },
  deadline: Deadline,
  work: () => Promise<T>,
): Promise<Done<T>> {
  return aloneWith(ctx, name, deadline, async () => {
    const { state } = await requireMachine(ctx, name, deadline);
    const runs = powerStateOf(state) !== "stopped";
    const before = runs ? powerStateOf(state) : ((await stateOwed(ctx, name)) ?? options.owed ?? "stopped");
    if (runs) {
      if (options.allowRestart === false) {
        throw new MultipassError(`Unable to ${options.purpose}`, {
          kind: "instance-not-stopped",
          details: `instance "${name}" is ${state}, and \`allowRestart\` is false`,
          remedy: `Stop it (\`multipass stop ${name}\`), or permit the restart with \`allowRestart: true\`.`,
        });
      }
      ctx.log.info(`stopping instance "${name}" to ${options.purpose}`);
    }
    try {
      if (runs) {
        await ctx.host.intents.write(stopOf(name), { before, after: "stopped" });
        await bringInto(ctx, { name, powerState: "stopped" }, deadline);
      }
      const result = await work();
      const error = await putBack(ctx, name, before, deadline).catch((reason: Error) => reason);
      return error ? { result, owed: { powerState: before, error } } : { result };
    } catch (error) {
      await putBack(ctx, name, before, deadline).catch((reason: Error) => {
        ctx.log.warn(`instance "${name}" was ${before} and could not be put back: ${reason.message}`);
      });
      throw error;
    }
  });
}

/** Puts a machine into the state that an earlier operation has left it owing. */
export function settleOwed(
  ctx: Context,
  name: string,
  powerState: PowerState,
  deadline: Deadline,
): Promise<void> {
  return aloneWith(ctx, name, deadline, () => putBack(ctx, name, powerState, deadline));
}

async function putBack(
  ctx: Context,
  name: string,
  powerState: PowerState,
  deadline: Deadline,
): Promise<undefined> {
  if (powerState === "stopped") return;
  // Its own signal: a process that is asked to end must not leave a machine behind that it has stopped.
  const enough = new Deadline(ctx.clock, Math.max(PUT_BACK_MS, deadline.remaining));
  await bringInto(unhurried(ctx), { name, powerState }, enough);
  await ctx.host.intents.forget(stopOf(name));
}

/** Milliseconds for which a stop whose process was killed is still owed its start. After that somebody may have got used to it. */
const OWED_MS = 24 * 3_600_000;

/** The state of a machine before an operation that was killed while it had it stopped; undefined where there was none, or too long ago. */
async function stateOwed(ctx: Context, name: string): Promise<PowerState | undefined> {
  const intent = await ctx.host.intents.read(stopOf(name));
  const isOwed = intent && isLeft(intent) && Date.now() - Date.parse(intent.since) < OWED_MS;
  return isOwed ? (intent.before as PowerState) : undefined;
}

/**
 * Puts a machine back that an operation has left stopped whose process was killed.
 *
 * @param owed the state that Pulumi's state says it is owed
 */
export async function putBackIfLeft(
  ctx: Context,
  name: string,
  deadline: Deadline,
  owed?: PowerState,
): Promise<Owing> {
  if (((await stateOwed(ctx, name)) ?? owed) === undefined) return {};
  return aloneWith(ctx, name, deadline, async () => {
    // Whoever had the turn before may have put it back, or stopped it for good.
    const powerState = (await stateOwed(ctx, name)) ?? owed;
    if (powerState === undefined) return {};
    const state = (await findMachine(ctx, name, deadline))?.state;
    // By somebody else, who may stop it for a reason of their own.
    if (state === "Running" || state === "Suspended") await ctx.host.intents.forget(stopOf(name));
    if (state !== "Stopped") return {};
    ctx.log.info(`bringing instance "${name}" back, which an interrupted run has left stopped`);
    const error = await putBack(ctx, name, powerState, deadline).catch((reason: Error) => reason);
    return error ? { owed: { powerState, error } } : {};
  });
}

/** Says that a machine is not what it was before, where nothing else tells of it. @returns the state that it is owed */
export function sayOwed(ctx: Context, name: string, { owed }: Owing): PowerState | undefined {
  if (owed) ctx.log.warn(`instance "${name}" is not ${owed.powerState} again: ${owed.error.message}`);
  return owed?.powerState;
}

/** The state that a machine has, or is on its way to. */
function powerStateOf(state: string): PowerState {
  if (state === "Stopped") return "stopped";
  return state === "Suspended" || state === "Suspending" ? "suspended" : "running";
}
