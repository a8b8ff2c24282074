import { hash } from "node:crypto";
import { isMultipassError, MultipassError, OUTCOME_UNKNOWN } from "../../driver/errors.ts";
import { capabilities } from "../../driver/version.ts";
import type { PowerState } from "../common.ts";
import { InitializationError } from "../context.ts";
import { refuseForeignLaunch } from "../instance/launch.ts";
import type { InstanceInputs, InstanceState } from "../instance/model.ts";
import { claim } from "../instance/ownership.ts";
import { reconcile, type Steps } from "../instance/reconcile.ts";
import { refusalsOf, refuse } from "../instance/refusals.ts";
import { findInstance, requireInstance, settingOf } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { putBackIfLeft, sayOwed, whileStopped } from "../stopped.ts";
import type { CloneInputs, CloneState } from "./model.ts";

export async function createClone(op: Operation, inputs: CloneInputs): Promise<CloneState> {
  const owed = await op.under(headline(inputs), () => ensureCloned(op, inputs));
  return finish(op, inputs, owed, false);
}

const headline = ({ source, name }: CloneInputs) => `Unable to clone instance "${source}" to "${name}"`;

/**
 * Makes the copy exactly once: a copy from an interrupted create of this resource counts.
 *
 * @returns the power state that the source still has to be put back into
 * @throws MultipassError if there is no copy; InitializationError if it may still appear
 */
export async function ensureCloned(op: Operation, inputs: CloneInputs): Promise<PowerState | undefined> {
  const { name, source, allowRestart } = inputs;
  const { client } = await op.multipass.version({ signal: op.signal });
  if (!capabilities(client).clone) {
    throw new MultipassError(`Multipass ${client.text} cannot clone`, {
      kind: "not-supported",
      remedy: "Install Multipass 1.15 or newer.",
    });
  }
  const existing = await findInstance(op, name);
  const { source: _, ...own } = inputs;
  const fingerprint = fingerprintOf(source);
  if (existing) {
    claim(op, own, existing, await op.multipass.ledger.entryOf(name), {
      made: { isSame: (one) => one === fingerprint, of: "source" },
    });
    return sayOwed(op, source, await putBackIfLeft(op, source));
  }
  await requireInstance(op, source);
  await refuseSmallerDisk(op, inputs);
  const mayCome = await record(op, inputs, fingerprint);
  let isAsked = false;
  try {
    const purpose = `clone it to "${name}"`;
    const done = await whileStopped(op, source, { allowRestart, purpose }, () => {
      isAsked = true;
      return copy(op, inputs, mayCome);
    });
    return sayOwed(op, source, done);
  } catch (error) {
    // Multipass removes a clone that failed. A clone whose answer was lost may still appear.
    if (mayCome || (isAsked && isMultipassError(error, ...OUTCOME_UNKNOWN))) {
      throw unfinished(
        inputs,
        undefined,
        isMultipassError(error) ? error.under(headline(inputs)) : (error as Error),
      );
    }
    await op.multipass.ledger.forget(name);
    throw error;
  }
}

/** @throws MultipassError of kind `size-invalid`: a copy has its source's disk, and a disk cannot shrink */
async function refuseSmallerDisk(op: Operation, inputs: CloneInputs): Promise<void> {
  const { source, disk } = inputs;
  if (disk === undefined) return;
  const has = { disk: await settingOf(op, `local.${source}.disk`) };
  refuse(headline(inputs), refusalsOf({ changes: { disk: "restart" }, has, asked: { disk } }));
}

/** Hash of the arguments that only another copy can satisfy. */
const fingerprintOf = (source: string) => hash("sha256", source);

/** Records the owner of the copy. @returns whether it may still appear from an earlier create */
async function record(op: Operation, inputs: CloneInputs, fingerprint: string): Promise<boolean> {
  const { name, owner } = inputs;
  await refuseForeignLaunch(op, inputs);
  const begun = await op.multipass.ledger.begin({ owner, name, fingerprint });
  // Another process got there first, so this one is refused as it would be a moment later.
  if (!begun) await refuseForeignLaunch(op, inputs);
  return begun?.entry.earlier === true;
}

function copy(op: Operation, { source, name }: CloneInputs, mayCome: boolean): Promise<void> {
  op.log.status(`copying "${source}"`);
  return op.patiently((options, number) =>
    op.multipass.driver.clone(source, name, options).catch((error) => {
      // The copy exists because of a try whose answer was lost, in this create or an earlier one.
      if ((number === 1 && !mayCome) || !isMultipassError(error, "instance-exists")) throw error;
    }),
  );
}

/**
 * Sets the copy's sizes and power state, and waits until it is initialised. Safe to repeat.
 *
 * @param acknowledged whether Pulumi's state has the copy already
 * @throws InitializationError on any failure, since the copy exists
 */
export async function finish(
  op: Operation,
  inputs: CloneInputs,
  owed: PowerState | undefined,
  acknowledged: boolean,
): Promise<CloneState> {
  const { source: _, ...own } = inputs;
  const like: InstanceInputs = own;
  try {
    const steps: Steps = {
      resize: like,
      power: inputs.powerState ?? "running",
      powered: "after",
      mayStop: true,
      booted: true,
    };
    const seen = await reconcile(op, like, steps, { hasBegun: true, mounts: undefined });
    const outs = stateOf(inputs, seen);
    const { name, owner, source } = inputs;
    await op.multipass.ledger.finished({ owner, name, fingerprint: fingerprintOf(source), acknowledged });
    return { ...outs, ...(owed && { owed }) };
  } catch (error) {
    throw unfinished(inputs, owed, error as Error);
  }
}

/** The failure of a create that may have made the copy. The next run can finish or remove it. */
function unfinished(
  inputs: CloneInputs,
  owed: PowerState | undefined,
  cause: Error,
): InitializationError<CloneState> {
  const nothing = { ipAddress: "", ipv4: [], release: "", imageRelease: "", multipassVersion: "" };
  const outs = { ...inputs, ...nothing, state: "Unknown", ready: false, ...(owed && { owed }) };
  return new InitializationError(outs, cause);
}

function stateOf(inputs: CloneInputs, seen: InstanceState): CloneState {
  const { cpus, memory, disk, state, ipAddress, ipv4, release, imageRelease, multipassVersion } = seen;
  const facts = { state, ipAddress, ipv4, release, imageRelease, multipassVersion };
  return { ...inputs, cpus, memory, disk, ...facts, ready: true };
}
