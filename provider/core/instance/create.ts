import { randomUUID } from "node:crypto";
import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { isIn } from "../common.ts";
import { InitializationError } from "../context.ts";
import type { Operation } from "../operation/operation.ts";
import { ensureLaunched } from "./launch.ts";
import type { InstanceInputs, InstanceState, Launched } from "./model.ts";
import type { MountInput } from "./mounts.ts";
import { originOf, unreadyState } from "./outputs.ts";
import { fingerprint } from "./ownership.ts";
import { observeInPowerState, type Progress, reconcile, type Steps } from "./reconcile.ts";

interface Creating extends Progress {
  /** The id of the create whose state Pulumi holds. */
  creation: string | undefined;
  adopted: boolean;
}

/**
 * Launches or adopts an instance and waits for it, or continues wherever an earlier attempt stopped.
 *
 * @throws InitializationError if there may be an instance
 * @param olds the state that an interrupted operation left
 * @param isInState whether Pulumi's state has the instance. Then it is ours, whatever the journal says
 */
export async function bringUp(
  op: Operation,
  inputs: InstanceInputs,
  { olds, isInState = false }: { olds?: InstanceState; isInState?: boolean } = {},
): Promise<InstanceState> {
  const release = claimName(op, inputs);
  const creating: Creating = {
    hasBegun: isInState,
    mounts: olds?.mounts ?? inputs.mounts,
    creation: olds ? olds.creation : randomUUID(),
    adopted: olds?.adopted ?? false,
  };
  try {
    const { creation } = creating;
    const launched = await ensureLaunched(op, inputs, { isInState, creation });
    creating.hasBegun = true;
    // An instance launched in place of an adopted one was made with these arguments.
    creating.adopted = launched.how === "adopted" || (creating.adopted && launched.how !== "launched");
    const seen = await bringInLine(op, inputs, launched, creating);
    const resolvedImage = launched.direct ?? olds?.resolvedImage;
    const outs = { ...seen, ...originOf({ ...creating, resolvedImage, timeline: op.timeline.record() }) };
    const { owner, name } = inputs;
    const made = { owner, name, fingerprint: fingerprint(inputs), creation };
    await op.multipass.ledger.finished({ ...made, acknowledged: olds !== undefined });
    return outs;
  } catch (error) {
    throw await unfinished(op, inputs, olds, creating, error as Error);
  } finally {
    release();
  }
}

async function bringInLine(
  op: Operation,
  inputs: InstanceInputs,
  launched: Launched,
  creating: Creating,
): Promise<InstanceState> {
  if (launched.how === "launched") {
    return reconcile(op, inputs, stepsAfterLaunch(launched, inputs.mounts), creating);
  }
  const there = (await op.multipass.roster.find(inputs.name, op.bounds))?.state;
  const { powerState = "running" } = inputs;
  // `adopt` promises not to touch an instance that is already in the requested power state.
  const isLeftAlone =
    launched.how === "adopted" && powerState !== "running" && there !== undefined && isIn(powerState, there);
  if (isLeftAlone) return observeInPowerState(op, inputs);
  return reconcile(
    op,
    inputs,
    {
      seen: there,
      resize: inputs,
      mount: { known: creating.mounts },
      power: "running",
      powered: "before",
      mayStop: true,
      booted: true,
    },
    creating,
  );
}

function stepsAfterLaunch({ confirmed }: Launched, mounts: MountInput[] | undefined): Steps {
  return {
    mount: { fresh: true },
    power: "running",
    powered: confirmed ? "already" : "before",
    mayStop: !confirmed || mounts?.some(({ type }) => type === "native") === true,
    booted: true,
  };
}

/** The error to report for a failed create. An instance that may exist stays in the state. */
async function unfinished(
  op: Operation,
  inputs: InstanceInputs,
  olds: InstanceState | undefined,
  { hasBegun: exists, mounts, creation, adopted }: Creating,
  error: Error,
): Promise<Error> {
  const { ledger } = op.multipass;
  // Report the failure of the create even if the ledger cannot be read.
  const standing = await ledger.standingOf(inputs.name, inputs).catch(() => undefined);
  const mayExist = exists || standing === "begun" || standing === "made";
  if (!mayExist && !isMultipassError(error, "deadline", "cancelled")) return error;
  if (mayExist) await ledger.cameUpon(inputs.name, inputs.owner, creation).catch(() => undefined);
  const unready = unreadyState(inputs, olds);
  const origin = originOf({
    resolvedImage: unready.resolvedImage,
    timeline: op.timeline.record(),
    adopted,
    creation,
  });
  const outs = { ...unready, mounts, ...origin, seen: exists || unready.seen };
  return new InitializationError(outs, error);
}

/** Refuses a second resource with the same instance name, because both would manage one instance. */
function claimName(
  { multipass: { arrivals, creating } }: Operation,
  { name, owner }: InstanceInputs,
): () => void {
  const other = creating.get(name);
  if (other !== undefined && other !== owner) {
    throw new MultipassError(`Unable to launch instance "${name}"`, {
      kind: "not-owned",
      details: `${other} is creating an instance of the same name`,
      remedy: "Give each instance its own name.",
    });
  }
  creating.set(name, owner);
  arrivals.expect(name);
  return () => {
    arrivals.arrived(name);
    creating.delete(name);
  };
}
