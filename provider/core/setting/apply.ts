import {
  isMultipassError,
  MultipassError,
  OUTCOME_UNKNOWN,
  withoutCredentials,
} from "../../driver/errors.ts";
import { interruptedByRestart } from "../../driver/service.ts";
import { settingOf } from "../instances.ts";
import { every, type Operation } from "../operation/operation.ts";
import { normalised, restartsDaemon, type SettingInputs } from "./model.ts";
import { PASSPHRASE } from "./passphrase.ts";

/**
 * Milliseconds within which the daemon ends after its answer. If we saw no end by then, it restarted too
 * quickly to be noticed.
 */
const ENDING_MS = 10_000;
const LOOK_MS = 250;

type Assigned = Pick<SettingInputs, "key" | "value" | "allowRunningInstances" | "secrets">;

/**
 * Sets a value, unless it is set already, and waits until the daemon is back.
 *
 * @param unseen the value cannot be compared with the current one: it is a passphrase
 * @param unfinished converts a failure to the error to throw when the value was set, or may have been
 */
export function apply(
  op: Operation,
  inputs: Assigned,
  unseen: boolean,
  unfinished = (error: Error) => error,
): Promise<void> {
  const { key, value } = inputs;
  // One at a time: a second change would meet a daemon that is about to end.
  return op.aloneWithAll("settings", async () => {
    const stands = async () => (await settingOf(op, key)) === normalised(key, value);
    if (!unseen && (await stands())) return;
    if (restartsDaemon(key) && inputs.allowRunningInstances !== true) await refuseWhileRunning(op, key);
    await set(op, inputs, unseen).catch(async (error) => {
      throw (await mayBeSet(op, inputs, unseen, error)) ? unfinished(error) : error;
    });
    try {
      if (restartsDaemon(key)) {
        op.log.info(`changed ${key}, which restarts the Multipass daemon`);
        await untilRestarted(op);
      }
      if (await stands()) return;
      throw new MultipassError(`Multipass did not keep the value of ${key}`, {
        kind: "bad-output",
        details: `after it was set, Multipass says ${JSON.stringify(await settingOf(op, key))}`,
      });
    } catch (error) {
      throw unfinished(error as Error);
    }
  });
}

async function set(op: Operation, { key, value, secrets }: Assigned, unseen: boolean): Promise<void> {
  op.log.status(`setting ${key}`);
  await op.patiently(async (options, number) => {
    // A try whose answer was lost may have set it. A passphrase cannot be compared.
    if (number > 1 && !unseen && (await op.multipass.driver.get(key, options)) === normalised(key, value))
      return;
    // Every user of the host can read a process's arguments.
    const isSecret = key === PASSPHRASE || secrets?.includes("value") || withoutCredentials(value) !== value;
    if (isSecret || value.includes("=")) await op.multipass.driver.setByPrompt(key, value, options);
    else await op.multipass.driver.set(key, value, options);
  });
}

/** Whether a failed call may have set the value. Looks in a time of its own: the operation is over. */
async function mayBeSet(
  op: Operation,
  { key, value }: Assigned,
  unseen: boolean,
  error: Error,
): Promise<boolean> {
  if (!isMultipassError(error, ...OUTCOME_UNKNOWN)) return false;
  if (unseen) return true;
  const seen = await settingOf(op.lastLook(), key).catch(() => undefined);
  // A daemon that does not answer may have set it.
  return seen === undefined || seen === normalised(key, value);
}

/** @throws MultipassError of kind `instance-not-stopped` */
async function refuseWhileRunning(op: Operation, key: string): Promise<void> {
  const all = await op.patiently((options) => op.multipass.roster.list(options));
  const running = interruptedByRestart(all);
  if (running.length === 0) return;
  throw new MultipassError(`A change of ${key} restarts the Multipass daemon`, {
    kind: "instance-not-stopped",
    details: `these instances are running: ${running.sort().join(", ")}. The restart suspends and resumes them, or shuts them down, and has damaged some (canonical/multipass#3563)`,
    remedy: `Stop them (\`multipass stop ${running.join(" ")}\`), or allow it with \`allowRunningInstances: true\`.`,
  });
}

/** The daemon ends some time after it confirms the value. Until then, it answers as usual. */
async function untilRestarted(op: Operation): Promise<void> {
  const since = op.deadline.elapsed;
  let wasAway = false;
  await op.retry(
    async () => {
      const { daemon } = await op.multipass.driver.version(op.rest);
      wasAway ||= daemon === undefined;
      if (daemon && (wasAway || op.deadline.elapsed - since > ENDING_MS)) return;
      throw new MultipassError("The Multipass daemon is restarting", {
        kind: "daemon-unreachable",
        transient: true,
        remedy: "To see why it does not start, run `pulumi-multipass doctor` or read Multipass's own log.",
      });
    },
    { backoff: every(LOOK_MS), onWait: () => op.countdown("waiting for the daemon to restart") },
  );
}
