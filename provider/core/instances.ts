import { hostAddress, hostAddressFirst } from "../driver/addresses.ts";
import type { CallOptions } from "../driver/driver.ts";
import { HOST_ERRORS, isMultipassError, MultipassError } from "../driver/errors.ts";
import type { InstanceInfo, ListedInstance } from "../driver/schema.ts";
import type { RetryInput } from "./instance/waiting.ts";
import type { Operation } from "./operation/operation.ts";
import { backoffOf } from "./operation/timing.ts";

/** States that lead to `Running` without further action. */
const COMING_UP = ["Starting", "Restarting"];
const UP = ["Running", "Delayed Shutdown"];

/**
 * The instance as the daemon lists it. Waits for a daemon that does not answer, since only an answer shows
 * whether the instance exists.
 *
 * @returns undefined only if the daemon answers that it does not exist
 */
export function findInstance(
  op: Operation,
  name: string,
  inputs: { retry?: RetryInput } = {},
  find = (options: CallOptions) => op.multipass.roster.find(name, options),
): Promise<ListedInstance | undefined> {
  return op.retry(() => sayingSilence(op, find(op.rest)), {
    backoff: backoffOf(inputs),
    retryable: (error) => isMultipassError(error, ...HOST_ERRORS, "call-timeout", "bad-output"),
    onWait: ({ attempt }) => op.log.status(`waiting for the daemon · try ${attempt} failed`),
  });
}

/** Milliseconds without an answer before the user is told. */
const SILENT_MS = 60_000;

/** Shows, while waiting, that the daemon does not answer. */
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

/** The value of a setting of Multipass, such as `local.dev.cpus`, as its client prints it. */
export function settingOf(op: Operation, key: string): Promise<string> {
  return op.patiently((options) => op.multipass.driver.get(key, options));
}

/** What Multipass reports of an instance, by the names of our outputs. */
export function factsOf(info: InstanceInfo) {
  return {
    state: info.state,
    ipAddress: hostAddress(info.ipv4) ?? "",
    ipv4: hostAddressFirst(info.ipv4),
    release: info.release,
    imageRelease: info.image_release,
    imageHash: info.image_hash,
    snapshotCount: Number(info.snapshot_count ?? 0),
  };
}

/** The facts about an instance that nobody has seen. */
export const NO_FACTS: ReturnType<typeof factsOf> = {
  state: "Unknown",
  ipAddress: "",
  ipv4: [],
  release: "",
  imageRelease: "",
  imageHash: "",
  snapshotCount: 0,
};

/** @throws MultipassError of kind `instance-missing` or `instance-deleted` */
export async function requireInstance(op: Operation, name: string): Promise<ListedInstance> {
  const instance = await findInstance(op, name);
  if (!instance) {
    throw new MultipassError(`Instance "${name}" does not exist`, {
      kind: "instance-missing",
      remedy:
        "Name an instance that exists, or pass the `Instance` resource itself, so that it is made before.",
    });
  }
  if (instance.state === "Deleted") {
    throw new MultipassError(`Instance "${name}" is deleted`, {
      kind: "instance-deleted",
      remedy: `\`multipass recover ${name}\` brings it back.`,
    });
  }
  return instance;
}

/** The error for an instance that is in Pulumi's state but not in Multipass. */
export function gone(headline: string): MultipassError {
  return new MultipassError(headline, {
    kind: "instance-missing",
    details: "it does not exist any more",
    remedy: "Run `pulumi refresh` to remove it from the state, then `pulumi up` to create it again.",
  });
}

/** How to get the instance running: in some states, a plain start is refused. */
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
 * Makes sure that a command can run in the instance, and waits for one that is starting. Multipass itself
 * would start a stopped instance for any `exec`; we never do.
 *
 * @throws MultipassError of kind `instance-not-running` or `instance-unknown-state`
 */
export function requireRunning(op: Operation, name: string): Promise<void> {
  return op.retry(
    async () => {
      const { state } = await requireInstance(op, name);
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
 * Undoes something in an instance, unless the instance is gone. A failure counts as success if the instance
 * disappears meanwhile. The same `pulumi destroy` may be deleting it.
 */
export async function undoIn(
  op: Operation,
  name: string,
  undo: (instance: ListedInstance) => Promise<void>,
): Promise<void> {
  const there = async () => {
    const instance = await findInstance(op, name);
    return instance?.state === "Deleted" ? undefined : instance;
  };
  const instance = await there();
  if (!instance) return;
  try {
    await undo(instance);
  } catch (error) {
    if (await there().catch(() => instance)) throw error;
  }
}
