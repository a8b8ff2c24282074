import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { isIn, type PowerState } from "../common.ts";
import { gone } from "../instances.ts";
import { DEFAULT_BACKOFF } from "../operation/backoff.ts";
import { type Operation, POLL } from "../operation/operation.ts";

/** What the caller of `bringInto` knows, so that the daemon is not asked for it. */
export interface Known {
  /** The instance's last known state. */
  seen?: string | undefined;
  /** Set if the caller's next steps reveal a command that reported success without doing its work. */
  showsLater?: boolean;
}

/** Brings an instance into a power state temporarily; keeps the record that it must be started again. */
export async function bringInto(
  op: Operation,
  name: string,
  wanted: PowerState,
  { seen, showsLater = false }: Known = {},
): Promise<void> {
  const look = async () => {
    op.check(`instance "${name}" to be ${wanted}`);
    const instance = await op.multipass.roster.find(name, op.rest);
    if (instance) return instance.state;
    throw gone(`Unable to bring instance "${name}" up`);
  };
  let known = seen;
  await op.retry(
    async () => {
      const before = known ?? (await look());
      known = undefined;
      if (isIn(wanted, before)) return;
      const leadsTo = await step(op, name, before, wanted);
      if (showsLater && leadsTo === wanted) return;
      // Most commands return when their work is done, so look again without a pause.
      const after = await look();
      if (!isIn(wanted, after)) throw onItsWay(name, after);
    },
    {
      // Retry an instance that dies on every start ever more slowly. Poll one in transition often.
      backoff: ({ kind }) => (kind === "guest-died" ? DEFAULT_BACKOFF : POLL),
      retryable: (error) => error.transient || isMultipassError(error, "instance-unknown-state"),
      onWait: ({ error }) => op.countdown(error.summary),
    },
  );
}

/** Milliseconds that one start may wait for the guest: Multipass's own default. Then it is started again. */
const START_MS = 300_000;

function onItsWay(name: string, state: string): MultipassError {
  return new MultipassError(`instance "${name}" is ${state}`, { kind: "instance-busy", transient: true });
}

/**
 * Runs the one command that leads from a state towards the wanted one. The next look shows the result.
 *
 * @returns the state that the command leads to
 */
async function step(op: Operation, name: string, state: string, wanted: PowerState): Promise<PowerState> {
  const { driver } = op.multipass;
  const options = op.bounds;
  switch (state) {
    case "Deleted":
      op.log.info(`recovering the deleted instance "${name}"`);
      await driver.recover(name, options);
      return "stopped";
    case "Unknown": {
      // The daemon has lost contact. It accepts no start, and a graceful stop would hold it for minutes.
      const { stopForce } = await op.multipass.capabilities(options);
      op.log.info(`instance "${name}" is in an unknown state: powering it off to start it again`);
      await driver.stop(name, stopForce, options);
      return "stopped";
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
      // A suspended instance has to run before it can shut down.
      if (wanted !== "suspended") return start(op, name);
      return "suspended";
    case "Running":
    case "Delayed Shutdown":
      op.log.status(wanted === "suspended" ? "suspending" : wanted === "stopped" ? "stopping" : "starting");
      if (wanted === "stopped") await driver.stop(name, false, options);
      else if (wanted === "suspended") await driver.suspend(name, options);
      else return start(op, name);
      return wanted;
    default:
      // Stopped; also Starting or Restarting, where a start joins the wait that is under way.
      return start(op, name);
  }
}

/** Powers an instance off without asking its guest, if the installed version can. */
export async function powerOff(op: Operation, name: string, why: string): Promise<void> {
  const { stopForce } = await op.multipass.capabilities(op.bounds);
  if (!stopForce) return;
  op.log.info(`instance "${name}" ${why}`);
  await op.multipass.driver.stop(name, true, op.bounds);
}

async function start(op: Operation, name: string): Promise<PowerState> {
  op.timeline.enter("boot", true);
  op.countdown("starting");
  await op.under(`Unable to start instance "${name}"`, () =>
    op.inLaunchSlot(async () => {
      op.check(`a start of "${name}"`);
      op.timeline.enter("boot");
      await op.multipass.driver.start(name, op.deadline.atMost(START_MS) / 1000, { signal: op.signal });
    }),
  );
  return "running";
}
