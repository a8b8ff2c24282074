import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { launchIsUnderWay } from "../../multipass/launch-job.ts";
import { formatSeconds } from "../../readiness/clock.ts";
import type { Gate } from "../../readiness/gate.ts";
import type { Phase } from "../../readiness/timeline.ts";
import { HOST_ERRORS } from "../failures.ts";
import { inLaunchSlot } from "../launch-slots.ts";
import { standingOf } from "../ledger/transitions.ts";
import type { Operation } from "../operation.ts";
import { backoffOf } from "../timing.ts";
import { diagnosed } from "./diagnosis.ts";
import { launchOnce, leavesMachine, openGates, settleLaunch } from "./dispatch.ts";
import { ImageSource } from "./image-source.ts";
import { LaunchPermit } from "./launch-permit.ts";
import type { InstanceInputs, Launched } from "./model.ts";
import { claim } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";

/**
 * Brings the machine into existence, exactly once, whatever has been tried before.
 *
 * Dispatch, record, wait: the journal names the owner before the first launch; a launch that was dispatched is never dispatched
 * again while it may still succeed; and after every failure the daemon's own list decides whether the machine exists.
 *
 * @param isInState whether Pulumi's state holds the machine already
 * @param creation the create that makes it, or goes on with it
 * @throws MultipassError; `cancelled` and `deadline` leave the journal in place, so that a later call resumes
 */
export async function ensureLaunched(
  op: Operation,
  inputs: InstanceInputs,
  { isInState = false, creation }: { isInState?: boolean; creation?: string | undefined } = {},
): Promise<Launched> {
  const { host } = op;
  const me = {};
  const source = new ImageSource(op, inputs);
  const permit = new LaunchPermit(op, inputs, source);
  // Another one from when the daemon has turned out to take no images by URL.
  const gate = () => source.gate;
  let interrupted: Launched | undefined;
  // Always before the first launch: its record makes whatever is found under the name ours. A launch that lacked nothing but the image list has
  // made nothing, so the next one needs no other look.
  let lookBefore = true;

  // Whoever turns out to wait for something else leaves the lead to those who still wait for this.
  const leaveOtherGates = () => {
    for (const one of Object.values(host.gates)) if (one !== gate()) one.resign(me);
  };

  const attempt = async (number: number): Promise<Launched> => {
    leaveOtherGates();
    await turn(op, gate(), me, inputs);
    const existing =
      lookBefore && !(await isFree(op, inputs, isInState))
        ? await host.world.find(inputs.name, op.rest)
        : undefined;
    if (existing && isInState) return interrupted ?? { how: "resumed", confirmed: false };
    if (existing) {
      const entry = await host.ledger.entryOf(inputs.name);
      const claimed = claim(op, inputs, existing, entry, { creation });
      return interrupted && claimed.how === "resumed" ? interrupted : claimed;
    }
    await refuseForeignLaunch(op, inputs);
    await refuseWhatThisVersionCannot(op, {}, inputs, `Unable to launch instance "${inputs.name}"`);
    // While it waits the others stand behind it.
    const isGiven = await permit.wait((lacking) => {
      gate().close(me, lacking);
      return !gate().blocks(me);
    });
    if (!isGiven) return attempt(number);
    const substitute = await inLaunchSlot(op, async () => {
      // While this one stood in line for its slot, another may have found the host not ready.
      if (gate().blocks(me) || !(await permit.isGiven())) return "blocked" as const;
      op.check(`a launch of "${inputs.name}"`);
      await refuseForeignLaunch(op, inputs);
      const image = await op.within(`the image of "${inputs.name}"`, source.next());
      await launchOnce(op, inputs, number, image);
      return image;
    });
    if (substitute === "blocked") return attempt(number);
    return { how: "launched", confirmed: true, direct: substitute?.image };
  };

  try {
    interrupted = await resumeInterrupted(op, inputs);
    return await op.retry(
      async (number) => {
        try {
          const launched = await attempt(number);
          if (launched.how === "launched") openGates(op, inputs.image, launched.direct);
          else gate().open();
          return launched;
        } catch (error) {
          const shown = (await source.failed(error)) ?? error;
          leaveOtherGates();
          lookBefore = inputs.adopt === true || !isMultipassError(shown, "images-unreachable");
          if (isMultipassError(shown, ...HOST_ERRORS) && !source.concernsOnly(shown)) gate().close(me, shown);
          // The end of our time says nothing of the host, and neither does a call that it has cut off.
          else if (!isMultipassError(shown, "deadline", "cancelled") && !op.deadline.expired) gate().open();
          throw shown;
        }
      },
      {
        backoff: backoffOf(inputs),
        // Once the instance exists, it is waited for and not launched again.
        retryable: (error) => error.transient && !leavesMachine(error) && !source.isHopeless(error),
        wake: (wait, signal) => source.whenWorthAnotherTry(wait, signal),
        onWait({ attempt: tried, delay, error }) {
          op.timeline.enter(phaseOf(error), true);
          op.countdown(
            `waiting for ${awaited(error)} · try ${tried} failed · next in ${formatSeconds(delay)}`,
          );
        },
      },
    );
  } catch (error) {
    if (isMultipassError(error) && leavesMachine(error)) {
      return { how: "launched", confirmed: false, direct: source.substitute?.image };
    }
    if (!isMultipassError(error)) throw error;
    const explained =
      error.kind === "deadline" ? await diagnosed(op, inputs, error, source.done, gate().reason) : error;
    throw goesOn(explained).under(`Unable to launch instance "${inputs.name}"`);
  } finally {
    for (const one of Object.values(host.gates)) one.resign(me);
  }
}

/** A create that has run out of time says what the next one does. */
function goesOn(error: MultipassError): MultipassError {
  if (error.kind !== "deadline" || error.remedy) return error;
  return new MultipassError(error.summary, { ...error, remedy: GOES_ON, cause: error });
}

const GOES_ON =
  "Run `pulumi up` again: it goes on where this run has stopped, also with a launch that is under way. `timeouts.create` gives it more time.";

/** Whether the name is known to be free without a question of its own: the many creates of one run can all go by the list that the first has asked for. */
async function isFree(op: Operation, inputs: InstanceInputs, isInState: boolean): Promise<boolean> {
  // What may be ours has to be looked for; what cannot be is refused by the daemon if somebody was faster.
  if (isInState || inputs.adopt || (await op.host.ledger.entryOf(inputs.name))) return false;
  return op.host.world.lacked(inputs.name);
}

/** Follows a launch that an earlier process has dispatched and not seen the end of. */
async function resumeInterrupted(op: Operation, inputs: InstanceInputs): Promise<Launched | undefined> {
  const entry = await op.host.ledger.entryOf(inputs.name);
  if (!entry?.launch || standingOf(entry, inputs) !== "begun") return undefined;
  if (launchIsUnderWay(entry.launch)) {
    op.log.info(`going on with the launch of "${inputs.name}", which an interrupted run has begun`);
  }
  const confirmed = await settleLaunch(op, inputs, { ...entry, launch: entry.launch });
  return { how: "resumed", confirmed, direct: entry.direct };
}

/** Milliseconds that may lie between the record of a launch and its dispatch. Of one that is older the process was killed in between. */
const DISPATCH_MS = 60_000;

/** Two stacks that want one name: the later one is told, before the daemon's "is being prepared" makes it wait for nothing. */
export async function refuseForeignLaunch(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner">,
): Promise<void> {
  const entry = await op.host.ledger.entryOf(inputs.name);
  if (!entry || entry.owner === inputs.owner || entry.phase !== "launching") return;
  const isUnderWay = entry.launch
    ? launchIsUnderWay(entry.launch)
    : Date.now() - Date.parse(entry.since) < DISPATCH_MS;
  if (!isUnderWay) return;
  throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
    kind: "not-owned",
    details: `${entry.owner} is launching an instance of that name`,
    remedy: "Choose another name, or wait for the other one and destroy it first.",
  });
}

/** Waits for the turn of this create, and no longer than it has time: whoever leads may have more. */
async function turn(op: Operation, gate: Gate, me: object, inputs: InstanceInputs): Promise<void> {
  const onBlocked = (reason: Error | undefined) => {
    op.timeline.enter(phaseOf(reason));
    const what = isMultipassError(reason) ? awaited(reason) : "the host";
    op.countdown(`waiting for ${what}, as others do`);
  };
  const over = new AbortController();
  void op.clock.sleep(op.deadline.remaining, over.signal).then(() => over.abort());
  try {
    await gate.turn(me, AbortSignal.any([op.signal, over.signal]), onBlocked);
  } finally {
    over.abort();
  }
  op.check(`the daemon and its image list, which another instance than "${inputs.name}" waits for`);
}

function phaseOf(reason: Error | undefined): Phase {
  return isMultipassError(reason) && reason.kind.startsWith("daemon") ? "daemon" : "images";
}

/** What a transient error makes one wait for, in words for the status line. */
function awaited(error: MultipassError): string {
  switch (error.kind) {
    case "daemon-unreachable":
    case "daemon-initialising":
      return "the Multipass daemon";
    case "images-unreachable":
      return "image servers";
    case "download-failed":
    case "download-cancelled":
    case "image-refused":
    case "image-server-untrusted":
      return "the image download";
    case "instance-preparing":
      return "another launch of this name";
    default:
      return error.kind.replaceAll("-", " ");
  }
}
