import type { CallOptions } from "../driver/driver.ts";
import { isMultipassError, MultipassError } from "../driver/errors.ts";
import type { ListedInstance } from "../driver/schema.ts";
import { HOST_ERRORS } from "./failures.ts";
import type { RetryInput } from "./instance/waiting.ts";
import type { Operation } from "./operation/operation.ts";
import { backoffOf } from "./operation/timing.ts";

/** States from which a machine becomes `Running` by itself. */
const COMING_UP = ["Starting", "Restarting"];
const UP = ["Running", "Delayed Shutdown"];

/**
 * The instance as the daemon lists it. Waits for the daemon if need be: one that does not answer says nothing about an instance.
 *
 * @returns undefined only if the daemon says that there is none
 */
export function findMachine(
  op: Operation,
  name: string,
  inputs: { retry?: RetryInput } = {},
  find = (options: CallOptions) => op.multipass.roster.find(name, options),
): Promise<ListedInstance | undefined> {
  return op.retry(() => sayingSilence(op, find(op.rest)), {
    backoff: backoffOf(inputs),
    retryable: (error) => isMultipassError(error, ...HOST_ERRORS, "call-timeout", "bad-output"),
    onWait: ({ attempt }) => op.log.status(`waiting for the Multipass daemon · try ${attempt} failed`),
  });
}

/** Milliseconds without an answer after which that is shown. */
const SILENT_MS = 60_000;

/** Says while it waits that the daemon does not answer. */
async function sayingSilence<T>(
  { clock, log }: Pick<Operation, "clock" | "log">,
  answer: Promise<T>,
): Promise<T> {
  const over = new AbortController();
  clock.sleep(SILENT_MS, over.signal).then(() => {
    if (!over.signal.aborted)
      log.status("the Multipass daemon does not answer: another command holds it, or it has hung");
  });
  return answer.finally(() => over.abort());
}

/** @throws MultipassError of kind `instance-missing` or `instance-deleted` */
export async function requireMachine(op: Operation, name: string): Promise<ListedInstance> {
  const machine = await findMachine(op, name);
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
export function requireRunning(op: Operation, name: string): Promise<void> {
  return op.retry(
    async () => {
      const { state } = await requireMachine(op, name);
      if (UP.includes(state)) return;
      throw new MultipassError(`Instance "${name}" is not running`, {
        kind: state === "Unknown" ? "instance-unknown-state" : "instance-not-running",
        transient: COMING_UP.includes(state),
        details: `it is ${state}, and is not started by accident`,
        remedy: howToStart(name, state),
      });
    },
    { onWait: () => op.countdown(`waiting for "${name}"`) },
  );
}

/**
 * Takes back what was done in a machine. With the machine it is gone by itself: before, or while this waits or works, since what is
 * deleted beside it may be its machine.
 */
export async function undoIn(
  op: Operation,
  name: string,
  undo: (machine: ListedInstance) => Promise<void>,
): Promise<void> {
  const there = async () => {
    const machine = await findMachine(op, name);
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
