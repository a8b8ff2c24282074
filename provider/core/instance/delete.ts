import { HOST_ERRORS, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { findInstance } from "../instances.ts";
import type { Standing } from "../ledger/ledger.ts";
import type { Operation } from "../operation/operation.ts";
import { backoffOf } from "../operation/timing.ts";
import { powerOff } from "./converge.ts";
import { settleLaunch } from "./dispatch.ts";
import type { InstanceState } from "./model.ts";
import { isRecordedAsOurs, type Look, mayBeOurs } from "./ownership.ts";

/** The parts of a state that a delete of an instance or of a copy needs. */
type ToDelete = Partial<InstanceState> & Pick<InstanceState, "name" | "owner"> & Look;

/**
 * Deletes exactly this instance: for good, or so that `multipass recover` can restore it if `deletionPolicy`
 * is `keep`. An instance that is already gone counts as deleted.
 */
export async function deleteInstance(op: Operation, id: string, state: ToDelete): Promise<void> {
  const { multipass, log } = op;
  const headline = `Unable to delete instance "${id}"`;
  const open = await multipass.ledger.openLaunch(id, state.owner);
  if (open) {
    // A launch that is still under way would bring the instance back after the delete.
    log.status("waiting for a launch that is still under way");
    await op.under(headline, () => settleLaunch(op, state, open));
  }
  const standing = await multipass.ledger.standingOf(id, state);
  if (standing === "superseded") {
    log.info(`leaving instance "${id}" alone: its replacement has taken it over`);
    return;
  }
  if (!mayBeOurs(state, standing)) {
    const entry = await multipass.ledger.entryOf(id);
    const why: Partial<Record<Standing, string>> = {
      unrecorded: "the create gave up before it made anything",
      released: "Pulumi had already let go of that instance, and this create never saw it",
      foreign: `${entry?.owner} owns it now`,
    };
    log.info(`leaving instance "${id}" alone: ${why[standing]}`);
    return;
  }
  const purge = state.deletionPolicy !== "keep";
  log.status(purge ? "deleting" : "deleting (recoverable)");
  const remove = async () => {
    // The daemon has lost contact, so a recoverable delete would hold it for 300 s at each try, and fail. On a
    // purge Multipass powers it off itself.
    if (!purge && (await findInstance(op, id, state))?.state === "Unknown")
      await powerOff(op, id, "is in an unknown state: powering it off to delete it");
    try {
      await multipass.driver.delete(id, purge, op.rest);
    } catch (error) {
      if (!isMultipassError(error, "instance-missing")) throw error;
      if (standing === "begun") await refuseWhilePreparing(op, id);
    }
  };
  await op.under(headline, () =>
    op.alone(id, () =>
      op.retry(remove, {
        backoff: backoffOf(state),
        retryable: (error) =>
          error.transient || isMultipassError(error, ...HOST_ERRORS, "instance-busy", "call-timeout"),
        onWait: ({ error, attempt }) => log.status(`unable to delete yet (try ${attempt}): ${error.brief}`),
      }),
    ),
  );
  await multipass.intents.forgetInstance(id);
  if (isRecordedAsOurs(standing)) await multipass.ledger.forget(id);
}

/**
 * While the daemon prepares an image for an instance, only `get` knows of that instance.
 *
 * @throws MultipassError `instance-preparing` unless there is none. If `get` can read it now, it came into
 *   being after the delete
 */
async function refuseWhilePreparing(op: Operation, id: string): Promise<void> {
  try {
    await op.multipass.driver.get(`local.${id}.cpus`, op.rest);
  } catch (error) {
    if (isMultipassError(error, "instance-missing")) return;
    throw error;
  }
  throw new MultipassError(`Instance "${id}" has just appeared`, {
    kind: "instance-preparing",
    transient: true,
  });
}
