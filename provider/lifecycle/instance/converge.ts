import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { capabilities } from "../../multipass/version.ts";
import { DEFAULT_BACKOFF } from "../../readiness/backoff.ts";
import { type Deadline, formatSeconds } from "../../readiness/clock.ts";
import { retry } from "../../readiness/retry.ts";
import type { Context } from "../context.ts";
import { stopOf } from "../intents.ts";
import { inLaunchSlot } from "../launch-slots.ts";
import { under } from "../machine.ts";
import { POLL } from "../patience.ts";
import { bounds, mayGoOn } from "../timing.ts";
import type { InstanceInputs, PowerState } from "./model.ts";

/** Brings an instance that exists into the power state that is asked for, from whichever state it is in, and lets it have that for good. */
export async function ensurePowerState(
  ctx: Context,
  inputs: Pick<InstanceInputs, "name" | "powerState">,
  deadline: Deadline,
): Promise<void> {
  await bringInto(ctx, inputs, deadline);
  await ctx.host.intents.forget(stopOf(inputs.name));
}

/** The same for a while: what it is owed after that is not forgotten. */
export async function bringInto(
  ctx: Context,
  inputs: Pick<InstanceInputs, "name" | "powerState">,
  deadline: Deadline,
): Promise<void> {
  const wanted = inputs.powerState ?? "running";
  const { name } = inputs;
  const look = async () => {
    deadline.check(`instance "${name}" to be ${wanted}`);
    const instance = await ctx.host.world.find(name, { timeoutMs: deadline.remaining, signal: ctx.signal });
    if (instance) return instance.state;
    throw new MultipassError(`Unable to bring instance "${name}" up`, {
      kind: "instance-missing",
      details: "it does not exist any more",
      remedy: "Run `pulumi refresh`, then `pulumi up` to make it anew.",
    });
  };
  await retry(
    async () => {
      const before = await look();
      if (isIn(wanted, before)) return;
      await step(ctx, name, before, wanted, deadline);
      // Most commands end when their work is done: what is there already needs no pause.
      const after = await look();
      if (!isIn(wanted, after)) throw onItsWay(name, after);
    },
    {
      clock: ctx.clock,
      random: ctx.random,
      deadline,
      // A machine that dies of every start is started ever more seldom; one that is on its way is looked at often.
      backoff: ({ kind }) => (kind === "guest-died" ? DEFAULT_BACKOFF : POLL),
      signal: ctx.signal,
      retryable: (error) => error.transient || isMultipassError(error, "instance-unknown-state"),
      onWait: ({ error, remaining }) => ctx.log.status(`${error.summary} · ${formatSeconds(remaining)} left`),
    },
  );
}

/** Milliseconds that one start may wait for the guest: Multipass's own default. A guest that is not there by then needs another start. */
const START_MS = 300_000;

/** A machine that is to be looked at again. */
function onItsWay(name: string, state: string): MultipassError {
  return new MultipassError(`instance "${name}" is ${state}`, { kind: "instance-busy", transient: true });
}

/** Whether a state of Multipass is the one that is wanted. */
export function isIn(wanted: PowerState, state: string): boolean {
  return { running: "Running", stopped: "Stopped", suspended: "Suspended" }[wanted] === state;
}

/** The one command that leads from a state towards the wanted one. What it leads to is seen by the next look. */
async function step(
  ctx: Context,
  name: string,
  state: string,
  wanted: PowerState,
  deadline: Deadline,
): Promise<void> {
  const { driver } = ctx.host;
  const options = bounds(ctx, deadline);
  switch (state) {
    case "Deleted":
      ctx.log.info(`recovering the deleted instance "${name}"`);
      return driver.recover(name, options);
    case "Unknown": {
      // The daemon has lost it: no start is accepted, and a graceful stop would hold the daemon for minutes.
      const { client } = await ctx.host.version(options);
      ctx.log.info(`instance "${name}" is in an unknown state: powering it off to start it anew`);
      return driver.stop(name, capabilities(client).stopForce, options);
    }
    case "Suspending":
      throw onItsWay(name, state);
    case "Unavailable":
      throw new MultipassError(`Instance "${name}" is unavailable`, {
        kind: "instance-busy",
        details: "its availability zone is disabled",
        remedy: "Enable the zone with `multipass enable-zones`.",
      });
    case "Suspended":
      // A suspended machine has to run before it can shut down.
      if (wanted !== "suspended") return start(ctx, name, deadline);
      return;
    case "Running":
    case "Delayed Shutdown":
      ctx.log.status(wanted === "suspended" ? "suspending" : wanted === "stopped" ? "stopping" : "starting");
      if (wanted === "stopped") return driver.stop(name, false, options);
      if (wanted === "suspended") return driver.suspend(name, options);
      return start(ctx, name, deadline);
    default:
      // Stopped, and Starting or Restarting, where a start joins the wait that is under way.
      return start(ctx, name, deadline);
  }
}

async function start(ctx: Context, name: string, deadline: Deadline): Promise<void> {
  ctx.timeline.enter("boot", true);
  ctx.log.status(`starting · ${formatSeconds(deadline.remaining)} left`);
  await under(
    `Unable to start instance "${name}"`,
    inLaunchSlot(ctx, deadline, async () => {
      mayGoOn(ctx, deadline, `a start of "${name}"`);
      ctx.timeline.enter("boot");
      await ctx.host.driver.start(name, deadline.within(START_MS) / 1000, { signal: ctx.signal });
    }),
  );
}
