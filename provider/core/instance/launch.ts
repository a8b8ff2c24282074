import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { launchIsUnderWay } from "../../driver/launch-job.ts";
import type { Image } from "../../images/image.ts";
import { standingOf } from "../ledger/transitions.ts";
import type { Operation } from "../operation/operation.ts";
import { backoffOf } from "../operation/timing.ts";
import { diagnosed } from "./diagnosis.ts";
import { launchOnce, leavesMachine, openGates, settleLaunch } from "./dispatch.ts";
import { ImageSource } from "./image-source.ts";
import { LaunchPermit } from "./launch-permit.ts";
import { inLaunchSlot } from "./launch-slot.ts";
import type { InstanceInputs, Launched } from "./model.ts";
import { claim } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { QueuePlace } from "./queue-place.ts";

/** Pulumi's knowledge of the instance before a launch. */
export interface Held {
  /** Whether Pulumi's state already has the instance. Then it is ours, whatever the journal says. */
  isInState?: boolean;
  /** The id of the create that makes the instance or resumes it. */
  creation?: string | undefined;
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
    const interrupted = await resumeInterrupted(op, inputs, source.image);
    const tries = new Tries(op, inputs, { ...held, interrupted }, source, place);
    return await op.retry((number) => tries.next(number), {
      backoff: backoffOf(inputs),
      // An instance that exists is waited for, never launched again.
      retryable: (error) => error.transient && !leavesMachine(error) && !source.isHopeless(error),
      wake: (wait, signal) => source.whenWorthAnotherTry(wait, signal),
      onWait: (wait) => place.showPause(wait),
    });
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    if (leavesMachine(error)) return { how: "launched", confirmed: false, direct: source.substitute?.image };
    const isLate = error.kind === "deadline";
    const explained = isLate ? await diagnosed(op, inputs, error, source.done, place.reason) : error;
    throw goesOn(explained).under(headlineOf(inputs));
  } finally {
    place.leave();
  }
}

/** The tries of one create to launch its instance, or to take over one that exists. */
class Tries {
  readonly #op: Operation;
  readonly #inputs: InstanceInputs;
  readonly #held: Held & { interrupted: Launched | undefined };
  readonly #source: ImageSource;
  readonly #place: QueuePlace;
  readonly #permit: LaunchPermit;
  /** Whether the instance may exist. It cannot after a launch that failed for want of an image list. */
  #mayExist = true;

  constructor(
    op: Operation,
    inputs: InstanceInputs,
    held: Held & { interrupted: Launched | undefined },
    source: ImageSource,
    place: QueuePlace,
  ) {
    this.#op = op;
    this.#inputs = inputs;
    this.#held = held;
    this.#source = source;
    this.#place = place;
    this.#permit = new LaunchPermit(op, source);
  }

  async next(number: number): Promise<Launched> {
    try {
      let launched: Launched | undefined;
      while (!launched) {
        await this.#place.turn();
        launched = (await this.#existing()) ?? (await this.#launch(number));
      }
      if (launched.how === "launched") openGates(this.#op, this.#source.image, launched.direct);
      else this.#place.open();
      return launched;
    } catch (error) {
      const shown = isMultipassError(error) ? await this.#source.failed(error) : error;
      this.#mayExist = this.#inputs.adopt === true || !isMultipassError(shown, "images-unreachable");
      this.#place.failed(shown);
      throw shown;
    }
  }

  /** Takes over an existing instance, or refuses it: it may be ours from before, or somebody else's. */
  async #existing(): Promise<Launched | undefined> {
    const { multipass } = this.#op;
    const { name } = this.#inputs;
    const { isInState = false, creation, interrupted } = this.#held;
    if (!this.#mayExist || (await isFree(this.#op, this.#inputs, isInState))) return undefined;
    const existing = await multipass.roster.find(name, this.#op.rest);
    if (!existing) return undefined;
    if (isInState) return interrupted ?? { how: "resumed", confirmed: false };
    const entry = await multipass.ledger.entryOf(name);
    const claimed = claim(this.#op, this.#inputs, existing, entry, { creation });
    return interrupted && claimed.how === "resumed" ? interrupted : claimed;
  }

  /** @returns undefined if the host is not ready after all; this create then waits for its turn again */
  async #launch(number: number): Promise<Launched | undefined> {
    const op = this.#op;
    const inputs = this.#inputs;
    await refuseForeignLaunch(op, inputs);
    await refuseWhatThisVersionCannot(op, {}, inputs, headlineOf(inputs));
    if (!(await this.#permit.wait((lacking) => this.#place.lead(lacking)))) return undefined;
    return inLaunchSlot(op, async (booted) => {
      if (this.#place.isBehind || !(await this.#permit.isGiven())) return undefined;
      op.check(`a launch of "${inputs.name}"`);
      await refuseForeignLaunch(op, inputs);
      const substitute = await op.within(`the image of "${inputs.name}"`, this.#source.next());
      await launchOnce(op, inputs, { number, image: this.#source.image, substitute, booted });
      return { how: "launched", confirmed: true, direct: substitute?.image };
    });
  }
}

/** Tells after a deadline what the next `pulumi up` does. */
function goesOn(error: MultipassError): MultipassError {
  if (error.kind !== "deadline" || error.remedy) return error;
  return new MultipassError(error.summary, { ...error, remedy: GOES_ON, cause: error });
}

const GOES_ON =
  "Run `pulumi up` again: it continues where this run stopped, even with a launch that is under way. `timeouts.create` allows more time.";

/** Whether an earlier list shows that the name is free. Many creates of one run share the first list. */
async function isFree(op: Operation, inputs: InstanceInputs, isInState: boolean): Promise<boolean> {
  // An instance that may be ours needs a fresh look. The daemon itself refuses a name taken since.
  if (isInState || inputs.adopt || (await op.multipass.ledger.entryOf(inputs.name))) return false;
  return op.multipass.roster.lacked(inputs.name);
}

/** Follows a launch that an earlier process dispatched but did not see end. */
async function resumeInterrupted(
  op: Operation,
  inputs: InstanceInputs,
  image: Image,
): Promise<Launched | undefined> {
  const entry = await op.multipass.ledger.entryOf(inputs.name);
  if (!entry?.launch || standingOf(entry, inputs) !== "begun") return undefined;
  if (launchIsUnderWay(entry.launch)) {
    op.log.info(`resuming the launch of "${inputs.name}" that an interrupted run began`);
  }
  const confirmed = await settleLaunch(op, inputs, image, { ...entry, launch: entry.launch });
  return { how: "resumed", confirmed, direct: entry.direct };
}

/**
 * Milliseconds that may pass between the record of a launch and its dispatch. With an older record, the
 * process was killed in between.
 */
const DISPATCH_MS = 60_000;

/**
 * Refuses a name that another stack is launching. Otherwise the daemon's "is being prepared" would make
 * this create wait in vain.
 */
export async function refuseForeignLaunch(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner">,
): Promise<void> {
  const entry = await op.multipass.ledger.entryOf(inputs.name);
  if (!entry || entry.owner === inputs.owner || entry.phase !== "launching") return;
  const isUnderWay = entry.launch
    ? launchIsUnderWay(entry.launch)
    : Date.now() - Date.parse(entry.since) < DISPATCH_MS;
  if (!isUnderWay) return;
  throw new MultipassError(headlineOf(inputs), {
    kind: "not-owned",
    details: `${entry.owner} is launching an instance of that name`,
    remedy: "Choose another name, or wait for the other one and destroy it first.",
  });
}
