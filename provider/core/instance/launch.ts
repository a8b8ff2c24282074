import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { launchesOf } from "../../driver/launches.ts";
import type { Entry } from "../ledger/ledger.ts";
import type { Operation } from "../operation/operation.ts";
import { backoffOf } from "../operation/timing.ts";
import { diagnosed } from "./diagnosis.ts";
import { launchOnce, leavesInstance, openGates, settleLaunch } from "./dispatch.ts";
import { ImageSource } from "./image-source.ts";
import { LaunchPermit } from "./launch-permit.ts";
import type { InstanceInputs, Launched } from "./model.ts";
import { claim } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { QueuePlace } from "./queue-place.ts";

/** Pulumi's knowledge of the instance before a launch. */
interface Held {
  /** Whether Pulumi's state already has the instance. Then it is ours, whatever the journal says. */
  isInState: boolean;
  /** The id of the create that makes the instance or resumes it. */
  creation: string | undefined;
}

const headlineOf = ({ name }: Pick<InstanceInputs, "name">) => `Unable to launch instance "${name}"`;

/**
 * Brings the instance into existence exactly once, whatever was tried before.
 *
 * The journal names the owner before the first launch. A dispatched launch is never dispatched again while it
 * may still succeed. After every failure the daemon's own list decides whether the instance exists.
 *
 * @throws MultipassError; `cancelled` and `deadline` keep the journal, so that a later call resumes
 */
export async function ensureLaunched(op: Operation, inputs: InstanceInputs, held: Held): Promise<Launched> {
  const source = new ImageSource(op, inputs);
  const place = new QueuePlace(op, inputs.name, source);
  try {
    const interrupted = await resumeInterrupted(op, inputs);
    const permit = new LaunchPermit(op, source);
    const launching: Launching = { op, inputs, ...held, interrupted, source, place, permit, mayExist: true };
    return await op.retry((number) => tryOnce(launching, number), {
      backoff: backoffOf(inputs),
      // An instance that exists is waited for, never launched again.
      retryable: (error) => error.transient && !leavesInstance(error) && !source.isHopeless(error),
      wake: (wait, signal) => source.whenWorthAnotherTry(wait, signal),
      onWait: (wait) => place.showPause(wait),
    });
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    if (leavesInstance(error)) return { how: "launched", confirmed: false, direct: source.substitute?.image };
    const isLate = error.kind === "deadline";
    const explained = isLate ? await diagnosed(op, inputs, error, source.done, source.gate.reason) : error;
    throw explained.under(headlineOf(inputs));
  } finally {
    place.leave();
  }
}

interface Launching extends Held {
  op: Operation;
  inputs: InstanceInputs;
  /** What became of a launch that an earlier process dispatched. */
  interrupted: Launched | undefined;
  source: ImageSource;
  place: QueuePlace;
  permit: LaunchPermit;
  /**
   * Whether the instance may exist. It cannot if the launch failed because the daemon lacked an image list.
   */
  mayExist: boolean;
}

async function tryOnce(launching: Launching, number: number): Promise<Launched> {
  const { op, inputs, source, place } = launching;
  try {
    let launched: Launched | undefined;
    while (!launched) {
      await place.turn();
      launched = (await existing(launching)) ?? (await launch(launching, number));
    }
    if (launched.how === "launched") openGates(op, inputs, launched.direct);
    else source.gate.open();
    return launched;
  } catch (error) {
    const shown = isMultipassError(error) ? await source.failed(error) : error;
    launching.mayExist = inputs.adopt === true || !isMultipassError(shown, "images-unreachable");
    place.failed(shown);
    throw shown;
  }
}

/** Takes over an existing instance, or refuses it: it may be ours from before, or somebody else's. */
async function existing({
  op,
  inputs,
  isInState,
  creation,
  interrupted,
  mayExist,
}: Launching): Promise<Launched | undefined> {
  const { roster, ledger } = op.multipass;
  if (!mayExist || (await isFree(op, inputs, isInState))) return undefined;
  const listed = await roster.find(inputs.name, op.rest);
  if (!listed) return undefined;
  if (isInState) return interrupted ?? { how: "resumed", confirmed: false };
  const claimed = claim(op, inputs, listed, await ledger.entryOf(inputs.name), { creation });
  return interrupted && claimed.how === "resumed" ? interrupted : claimed;
}

/** @returns undefined if the host is not ready after all; this create then waits for its turn again */
async function launch(
  { op, inputs, source, place, permit }: Launching,
  number: number,
): Promise<Launched | undefined> {
  await refuseForeignLaunch(op, inputs);
  await refuseWhatThisVersionCannot(op, {}, inputs, headlineOf(inputs));
  if (!(await permit.wait((lacking) => place.lead(lacking)))) return undefined;
  return op.inLaunchSlot(async (booted) => {
    if (place.isBehind || !(await permit.isGiven())) return undefined;
    op.check(`a launch of "${inputs.name}"`);
    await refuseForeignLaunch(op, inputs);
    const substitute = await op.within(`the image of "${inputs.name}"`, source.next());
    await launchOnce(op, inputs, number, substitute, booted);
    return { how: "launched", confirmed: true, direct: substitute?.image };
  });
}

/** Whether an earlier list shows that the name is free. Many creates of one run share the first list. */
async function isFree(op: Operation, inputs: InstanceInputs, isInState: boolean): Promise<boolean> {
  // An instance that may be ours needs a fresh look. The daemon itself refuses a name taken since.
  if (isInState || inputs.adopt || (await op.multipass.ledger.entryOf(inputs.name))) return false;
  return op.multipass.roster.lacked(inputs.name);
}

/** Follows a launch that an earlier process dispatched but did not see end. */
async function resumeInterrupted(op: Operation, inputs: InstanceInputs): Promise<Launched | undefined> {
  const open = await op.multipass.ledger.openLaunch(inputs.name, inputs.owner);
  if (!open) return undefined;
  if (await isUnderWay(op, open.entry.launch)) {
    op.log.info(`resuming the launch of "${inputs.name}" that an interrupted run began`);
  }
  const confirmed = await settleLaunch(op, inputs, open);
  return { how: "resumed", confirmed, direct: open.entry.direct };
}

async function isUnderWay(op: Operation, launch: NonNullable<Entry["launch"]>): Promise<boolean> {
  const { state } = await op.patiently(() => launchesOf(op.multipass.driver).look(launch, op.signal));
  return state === "running";
}

/**
 * Longest time in milliseconds between the record of a launch and its dispatch. An older record without a
 * dispatch shows that the process was killed in between.
 */
const DISPATCH_MS = 60_000;

/** Refuses a name that another stack is launching. Waiting for that launch would be in vain. */
export async function refuseForeignLaunch(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner">,
): Promise<void> {
  const entry = await op.multipass.ledger.begunByOther(inputs.name, inputs.owner);
  if (!entry) return;
  const isOpen = entry.launch
    ? await isUnderWay(op, entry.launch)
    : Date.now() - Date.parse(entry.since) < DISPATCH_MS;
  if (!isOpen) return;
  throw new MultipassError(headlineOf(inputs), {
    kind: "not-owned",
    details: `${entry.owner} is launching an instance of that name`,
    remedy: "Choose another name, or wait for the other one and destroy it first.",
  });
}
