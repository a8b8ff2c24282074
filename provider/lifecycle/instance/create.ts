import { randomUUID } from "node:crypto";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { InitializationError } from "../context.ts";
import type { Operation } from "../operation.ts";
import { ensurePowerState } from "./converge.ts";
import { ensureLaunched } from "./launch.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";
import { applyMounts, applySizes } from "./modify.ts";
import { observe, unreadyState } from "./outputs.ts";
import { fingerprint } from "./ownership.ts";
import { isIn } from "./power-state.ts";
import { ensureReady } from "./requirements.ts";

/**
 * Brings an instance into existence and waits until it is what was asked for.
 *
 * @returns its id (the name, which is what Multipass knows it by) and its state
 * @throws MultipassError when there is no instance; InitializationError when there is one, or may still come to be one
 */
export async function createInstance(
  op: Operation,
  inputs: InstanceInputs,
): Promise<{ id: string; outs: InstanceState }> {
  return { id: inputs.name, outs: await bringUp(op, inputs) };
}

/**
 * From nothing, or from wherever an earlier attempt stopped, to a ready instance.
 *
 * @param olds the state that an interrupted operation has left
 * @param isInState whether Pulumi's state holds the machine already: then it is ours, whatever the journal has or lacks
 */
export async function bringUp(
  op: Operation,
  inputs: InstanceInputs,
  { olds, isInState = false }: { olds?: InstanceState; isInState?: boolean } = {},
): Promise<InstanceState> {
  let exists = isInState;
  const creation = olds ? olds.creation : randomUUID();
  let adopted = olds?.adopted ?? false;
  // The daemon does not tell of which type a mount is: where it may have been another, only what was made may be written down.
  let mounts = olds?.mounts ?? inputs.mounts;
  const release = claimName(op, inputs);
  try {
    const { how, confirmed, direct } = await ensureLaunched(op, inputs, {
      isInState,
      creation,
    });
    exists = true;
    // One that was launched in the place of an adopted one that is gone is made as it was asked for.
    adopted = how === "adopted" || (adopted && how !== "launched");
    const wanted = inputs.powerState ?? "running";
    const there = how === "launched" ? undefined : (await op.host.world.find(inputs.name, op.bounds))?.state;
    // What is taken over as it is wanted is left alone: "adopt" promises that nothing is touched.
    const leftAlone = how === "adopted" && wanted !== "running" && there !== undefined && isIn(wanted, there);
    const power = () => op.alone(inputs.name, () => ensurePowerState(op, inputs));
    if (!leftAlone) {
      const boot = () => ensurePowerState(op, { ...inputs, powerState: "running" });
      const settle = async () => {
        if (there === "Deleted") await boot();
        if (how !== "launched") await applySizes(op, inputs);
        if (how !== "launched" || !confirmed) await boot();
        const known = how === "launched" ? { fresh: true } : { known: mounts };
        const mounted = await applyMounts(op, inputs, known);
        mounts = inputs.mounts ?? mounts;
        if (mounted) await boot();
      };
      const isUp = how === "launched" && confirmed && !inputs.mounts?.some(({ type }) => type === "native");
      await (isUp ? op.workIn(inputs.name, settle) : op.alone(inputs.name, settle));
      await op.workIn(inputs.name, () => ensureReady(op, inputs));
      if (wanted !== "running") await power();
    }
    let seen = await observe(op, inputs);
    // What is seen tells the power state, too; only one that has gone out meanwhile needs more calls.
    if (!isIn(wanted, seen.state)) {
      await power();
      seen = await observe(op, inputs);
    }
    const outs = {
      ...seen,
      resolvedImage: direct ?? olds?.resolvedImage,
      ...(adopted && { adopted }),
      ...(creation !== undefined && { creation }),
      timeline: op.timeline.record(),
    };
    await op.host.ledger.finished({
      owner: inputs.owner,
      name: inputs.name,
      fingerprint: fingerprint(inputs),
      creation,
      acknowledged: olds !== undefined,
    });
    return outs;
  } catch (error) {
    const { ledger } = op.host;
    // The failure of the create is the news, also where the ledger cannot be read.
    const standing = await ledger.standingOf(inputs.name, inputs).catch(() => undefined);
    const isBegun = exists || standing === "begun" || standing === "made";
    if (isBegun || isMultipassError(error, "deadline", "cancelled")) {
      const outs = {
        ...unreadyState(inputs, olds),
        mounts,
        ...(adopted && { adopted }),
        ...(creation !== undefined && { creation }),
      };
      if (isBegun) await ledger.cameUpon(inputs.name, inputs.owner, creation).catch(() => undefined);
      // That it was seen makes it ours, also for somebody without this host's journal.
      if (exists && outs.multipassVersion === "") outs.multipassVersion = await versionText(op);
      throw new InitializationError(inputs.name, { ...outs, timeline: op.timeline.record() }, error as Error);
    }
    throw error;
  } finally {
    release();
  }
}

/** Two resources of one name would both take the one machine for theirs. */
function claimName({ host: { creating } }: Operation, { name, owner }: InstanceInputs): () => void {
  const other = creating.get(name);
  if (other !== undefined && other !== owner) {
    throw new MultipassError(`Unable to launch instance "${name}"`, {
      kind: "not-owned",
      details: `${other} makes an instance of that name, too`,
      remedy: "Give each instance a name of its own.",
    });
  }
  creating.set(name, owner);
  return () => creating.delete(name);
}

async function versionText(op: Operation): Promise<string> {
  return op.host.version({ signal: op.signal }).then(
    ({ client }) => client.text,
    () => "unknown",
  );
}
