import { isMultipassError, type MultipassError } from "../../driver/errors.ts";
import { interruptedByRestart, restartDaemon } from "../../driver/service.ts";
import { daemonComputerOf } from "../../host/computer.ts";
import type { Surroundings } from "../operation/operation.ts";
import { FETCH_MS, listLength } from "./daemon-list.ts";
import type { RemediesInput } from "./waiting.ts";

/**
 * Makes the daemon fetch its image list now, at most once.
 *
 * Off by default: if this fetch fails, the daemon never tries again by itself. From 1.14 on it does not
 * even start this fetch after a failed background fetch. There it helps only if the list is empty without
 * an error, as an earlier failed forced update leaves it. The daemon does not recover from that by itself.
 * Never called while this host is offline.
 *
 * @returns what was done, in words
 */
export async function refreshImageList(op: Surroundings, remedies: RemediesInput): Promise<string[]> {
  const { multipass, log, signal } = op;
  if (!remedies.forceUpdate || multipass.remediesDone.has("forceUpdate")) return [];
  const { forceUpdateHelps } = await multipass.capabilities({ signal });
  if (!forceUpdateHelps && (await listLength(op)) !== 0) return [];
  multipass.remediesDone.add("forceUpdate");
  log.info("asking the daemon to fetch its image list now (multipass find --force-update)");
  try {
    await multipass.driver.find({ forceUpdate: true, timeoutMs: FETCH_MS, signal });
    return ["multipass find --force-update"];
  } catch (error) {
    return [`multipass find --force-update, which failed: ${(error as Error).message.split("\n")[0]}`];
  }
}

/**
 * Restarts the daemon, at most once, so that it fetches its image list at once.
 *
 * Off by default: a restart suspends every running instance of every user. `ifIdle` restarts only while
 * none runs.
 *
 * @returns what was done, in words
 */
export async function restartForImages(op: Surroundings, remedies: RemediesInput): Promise<string[]> {
  const { multipass, log, signal } = op;
  const { restartDaemon: policy = "never" } = remedies;
  if (policy === "never" || multipass.remediesDone.has("restartDaemon")) return [];
  if (policy === "ifIdle") {
    // No list shows an instance that the daemon still prepares. One of the active launches is our own.
    if (multipass.launches.activeCount > 1)
      return ["the daemon was not restarted, since other launches are under way"];
    const busy = interruptedByRestart(await multipass.roster.list({ signal }));
    if (busy.length > 0) return [`the daemon was not restarted, since that would suspend ${busy.join(", ")}`];
  }
  log.info("restarting the Multipass daemon, which makes it fetch its image list");
  const failure = await restartOnce(op, remedies);
  return [`a restart of the daemon${failure ? `, which failed: ${failure.details}` : ""}`];
}

/**
 * Restarts the daemon, at most once in this process. @returns the failure, which the user has been warned
 * about
 */
export async function restartOnce(
  { multipass, log }: Surroundings,
  { restartCommand }: RemediesInput,
  isHung = false,
): Promise<MultipassError | undefined> {
  multipass.remediesDone.add("restartDaemon");
  try {
    await restartDaemon(restartCommand, { isHung, other: daemonComputerOf(multipass.computer) });
    return undefined;
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    log.warn(error.message);
    return error;
  }
}
