import { isMultipassError, MultipassError } from "../multipass/errors.ts";
import type { ListedInstance } from "../multipass/schema.ts";
import { type Deadline, formatSeconds } from "../readiness/clock.ts";
import { retry } from "../readiness/retry.ts";
import type { Context } from "./context.ts";
import { findPatiently, POLL } from "./patience.ts";

/** States from which a machine becomes `Running` by itself. */
const COMING_UP = ["Starting", "Restarting"];
const UP = ["Running", "Delayed Shutdown"];

/** The machine as the daemon lists it; undefined where the daemon has answered that there is none. */
export function findMachine(
  ctx: Context,
  name: string,
  deadline: Deadline,
): Promise<ListedInstance | undefined> {
  return findPatiently(ctx, name, {}, deadline);
}

/** @throws MultipassError of kind `instance-missing` or `instance-deleted` */
export async function requireMachine(
  ctx: Context,
  name: string,
  deadline: Deadline,
): Promise<ListedInstance> {
  const machine = await findMachine(ctx, name, deadline);
  if (!machine) {
    throw new MultipassError(`Instance "${name}" does not exist`, {
      kind: "instance-missing",
      remedy:
        "Name an instance that exists, or pass the `Instance` resource itself, so that it is made before.",
    });
  }
  if (machine.state === "Deleted") {
    throw new MultipassError(`Instance "${name}" is deleted`, {
      kind: "instance-deleted",
      remedy: `\`multipass recover ${name}\` brings it back.`,
    });
  }
  return machine;
}

/** What leads to a machine that runs: a plain start is refused in some states. */
function howToStart(name: string, state: string): string {
  switch (state) {
    case "Unknown":
      return `Multipass has lost contact with it. \`multipass stop --force ${name}\`, then \`multipass start ${name}\`; where it is in a stack, \`pulumi refresh\` and \`pulumi up\` do the same.`;
    case "Unavailable":
      return "Its availability zone is disabled: enable it with `multipass enable-zones`.";
    default:
      return `Start it with \`multipass start ${name}\`, or with \`powerState: "running"\` where it is in a stack.`;
  }
}

/**
 * Makes sure that a command can run in the machine, and waits for one that is on its way up. Multipass itself starts a stopped
 * instance for any `exec`; nothing here does.
 *
 * @throws MultipassError of kind `instance-not-running` or `instance-unknown-state`
 */
export function requireRunning(ctx: Context, name: string, deadline: Deadline): Promise<void> {
  return retry(
    async () => {
      const { state } = await requireMachine(ctx, name, deadline);
      if (UP.includes(state)) return;
      throw new MultipassError(`Instance "${name}" is not running`, {
        kind: state === "Unknown" ? "instance-unknown-state" : "instance-not-running",
        transient: COMING_UP.includes(state),
        details: `it is ${state}, and is not started by accident`,
        remedy: howToStart(name, state),
      });
    },
    {
      clock: ctx.clock,
      random: ctx.random,
      deadline,
      backoff: POLL,
      signal: ctx.signal,
      onWait: ({ remaining }) => ctx.log.status(`waiting for "${name}" · ${formatSeconds(remaining)} left`),
    },
  );
}

/**
 * Takes back what was done in a machine. With the machine it is gone by itself: before, or while this waits or works, since what is
 * deleted beside it may be its machine.
 */
export async function undoIn(
  ctx: Context,
  name: string,
  deadline: Deadline,
  undo: (machine: ListedInstance) => Promise<void>,
): Promise<void> {
  const there = async () => {
    const machine = await findMachine(ctx, name, deadline);
    return machine?.state === "Deleted" ? undefined : machine;
  };
  const machine = await there();
  if (!machine) return;
  try {
    await undo(machine);
  } catch (error) {
    if (await there().catch(() => machine)) throw error;
  }
}

/** The same failure under the headline of what the user asked for. */
export async function under<T>(headline: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isMultipassError(error) ? error.under(headline) : error;
  }
}
