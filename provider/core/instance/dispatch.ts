import { classify } from "../../driver/classify.ts";
import { type ErrorKind, HOST_ERRORS, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { launchCommand } from "../../driver/launch-arguments.ts";
import { awaitLaunch, type LaunchEnd, launchesOf } from "../../driver/launches.ts";
import { type LaunchProgress, launchedName, launchProgress } from "../../driver/output.ts";
import type { CallResult } from "../../driver/run.ts";
import { parseImage } from "../../images/image.ts";
import type { Begun, Dispatched, Entry } from "../ledger/ledger.ts";
import type { Operation } from "../operation/operation.ts";
import type { Phase } from "../operation/timeline.ts";
import { BootWatch } from "./boot-watch.ts";
import { DaemonQueue } from "./daemon-queue.ts";
import type { Substitute } from "./image-source.ts";
import { INSTANCE, type InstanceInputs } from "./model.ts";
import { fingerprint, IDENTITY, isFingerprintOf, notOurs } from "./ownership.ts";

/**
 * Records, dispatches and follows one launch.
 *
 * @param number which try this is
 * @param booted called when the guest has booted and cloud-init begins
 */
export async function launchOnce(
  op: Operation,
  inputs: InstanceInputs,
  number: number,
  substitute: Substitute | undefined,
  booted: () => void,
): Promise<void> {
  // Earlier steps, such as the download of an image, may have used up the time.
  op.check(`a launch of "${inputs.name}"`);
  const { ledger } = op.multipass;
  const begun = await begin(op, inputs, substitute);
  await warnOfLeftover(op, inputs);
  op.timeline.enter("images");
  op.log.status(number === 1 ? "launching" : `launching · try ${number}`);
  const launch = await dispatch(op, inputs, begun, substitute).catch(async (error) => {
    // Report the failure of the launch even if it cannot be recorded.
    await ledger.cameToNothing(begun).catch(() => undefined);
    throw error;
  });
  const dispatched = await ledger.dispatched(begun, launch);
  const result = await followLaunch(op, inputs, dispatched, booted);
  await conclude(op, inputs, dispatched, result);
}

async function begin(
  { multipass: { ledger } }: Operation,
  inputs: InstanceInputs,
  substitute: Substitute | undefined,
): Promise<Begun> {
  const { owner, name } = inputs;
  const direct = substitute?.image;
  const begun = await ledger.begin({ owner, name, fingerprint: fingerprint(inputs), direct });
  if (begun) return begun;
  // Another process was a moment faster. The next try follows that launch.
  throw new MultipassError(`Unable to launch instance "${name}"`, {
    kind: "instance-preparing",
    transient: true,
    details: "another process is already launching an instance of that name",
    remedy: "Give each instance its own name.",
  });
}

async function warnOfLeftover({ multipass, log }: Operation, inputs: InstanceInputs): Promise<void> {
  const leftover = await multipass.ledger.leftoverOf(inputs.name);
  if (leftover === undefined || isFingerprintOf(leftover, inputs)) return;
  log.warn(
    `the daemon was interrupted while it prepared an earlier instance "${inputs.name}" with another ${IDENTITY}, and may reuse what is left of that one. If the instance is not what you asked for, replace it: pulumi up --replace`,
  );
}

async function dispatch(
  { multipass, deadline, signal }: Operation,
  inputs: InstanceInputs,
  begun: Begun,
  substitute: Substitute | undefined,
) {
  const asked = substitute ? { ...inputs, image: substitute.url } : inputs;
  // The client counts its time in the daemon's queue, which our deadline gives back.
  const { args, stdin } = launchCommand(INSTANCE, asked, deadline.longest / 1000);
  const folder = await multipass.ledger.newLaunchFolder(begun);
  return launchesOf(multipass.driver).dispatch(args, stdin, folder, signal);
}

/** Follows an earlier process's launch to its end, and records it. @returns whether it succeeded */
export async function settleLaunch(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner" | "image" | "cloudInit" | "remedies">,
  dispatched: Dispatched,
): Promise<boolean> {
  const result = await followLaunch(op, inputs, dispatched);
  try {
    await conclude(op, inputs, dispatched, result);
    return true;
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    // The failure belongs to an earlier operation. This one decides for itself what to do.
    return false;
  }
}

/** @throws MultipassError unless the launch has succeeded */
async function conclude(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner">,
  begun: Dispatched,
  end: CallResult | "lost" | "rebooted",
): Promise<void> {
  const { ledger, driver } = op.multipass;
  const result = typeof end === "object" ? end : undefined;
  await forgetOutput(op, begun.entry);
  if (result && (result.exitCode === 0 || launchedName(result.stdout))) return ledger.made(begun);
  const command = `launch --name ${inputs.name}`;
  const error = result
    ? classify({ command, host: driver.host?.destination, ...result })
    : new MultipassError(`"multipass ${command}" was killed`, { kind: "client-timeout", transient: true });
  const daemonDied =
    error.kind === "daemon-unreachable" && launchProgress(result?.stdout ?? "") !== undefined;
  if (daemonDied || end === "rebooted") await ledger.cutOff(begun);
  await lookAfterFailure(op, inputs, begun, error);
}

/** Removes a launch's output from another host. Output that cannot be removed does no harm. */
async function forgetOutput({ multipass: { driver } }: Operation, { launch }: Entry): Promise<void> {
  if (driver.host && launch)
    await launchesOf(driver)
      .forget(launch)
      .catch(() => undefined);
}

/** Failures that are not an answer from the daemon, which may still be working on the launch. */
const UNANSWERED: readonly ErrorKind[] = ["daemon-unreachable", "client-timeout", "call-timeout"];

/** Failures from before anything is made, so there is no need to look for the instance. */
const NOTHING_MADE: readonly ErrorKind[] = [
  ...HOST_ERRORS,
  "access-denied",
  "unauthenticated",
  "image-unknown",
  "image-refused",
  "invalid-argument",
  "size-invalid",
  "network-invalid",
];

/** Milliseconds for the look after a failure, even past the deadline: the look decides what is ours. */
const LOOK_MS = 60_000;

/** Looks in the daemon's list for the instance, because the exit code says little. */
async function lookAfterFailure(
  op: Operation,
  inputs: Pick<InstanceInputs, "name" | "owner">,
  begun: Begun,
  error: MultipassError,
): Promise<never> {
  // The daemon may have died midway, so the next try looks at its list before it launches again.
  if (error.kind === "daemon-unreachable") throw error;
  const instance = NOTHING_MADE.includes(error.kind)
    ? undefined
    : await op.multipass.roster.find(inputs.name, { timeoutMs: LOOK_MS, signal: op.signal });
  if (!instance && UNANSWERED.includes(error.kind)) throw error;
  if (instance && error.kind !== "instance-exists") {
    await op.multipass.ledger.made(begun);
    throw new InstanceLeft(error);
  }
  await op.multipass.ledger.cameToNothing(begun);
  if (!instance) throw error;
  // The instance appeared after we looked. Either somebody else made it, or an earlier launch of ours whose
  // end nobody saw.
  if (begun.before?.owner !== inputs.owner) throw notOurs(inputs, instance);
  throw new MultipassError(error.summary, { ...error, transient: true, cause: error });
}

/** A launch failed after the instance was made: in its boot, its cloud-init or its mounts. */
class InstanceLeft extends MultipassError {
  constructor(error: MultipassError) {
    super(error.summary, { ...error, cause: error });
  }
}

export function leavesInstance(error: MultipassError): boolean {
  return error instanceof InstanceLeft || error.cause instanceof InstanceLeft;
}

/**
 * Waits for the end of a launch, or of the guest's cloud-init, and shows the progress.
 *
 * @throws MultipassError `deadline`; an earlier process may have given the launch more time than is left
 */
async function followLaunch(
  op: Operation,
  inputs: Pick<InstanceInputs, "image" | "cloudInit" | "remedies">,
  { entry: { name, launch, direct } }: Dispatched,
  booted?: () => void,
): Promise<Exclude<LaunchEnd, "over">> {
  const watch = new BootWatch(op, name, inputs);
  const queue = new DaemonQueue(op);
  try {
    const end = await awaitLaunch(launch, {
      client: op.multipass.driver,
      signal: op.signal,
      onAway: ({ brief }) => op.countdown(`the launch continues on its host: ${brief}`),
      isOver: () => watch.isOver,
      async sleep(ms) {
        op.deadline.check(`the launch of "${name}", which continues by itself`);
        queue.check();
        await watch.check();
        await op.clock.sleep(ms, op.signal);
      },
      onProgress: (progress) => {
        queue.end();
        watch.noteProgress(progress);
        // The image is found. Creates that wait for the host need not wait for this download and boot.
        if (progress.phase !== "creating") openGates(op, inputs, direct);
        if (progress.phase === "initialising") booted?.();
        const { phase, words } = PHASES[progress.phase];
        op.timeline.enter(phase);
        // In steps of 10, because some displays keep every status line.
        const tens = progress.percent === undefined ? undefined : Math.floor(progress.percent / 10) * 10;
        op.log.status(tens === undefined ? words : `${words} · ${tens} %`);
      },
    });
    if (end !== "over") return end;
    // The client missed the end of cloud-init and would wait until its own timeout.
    await launchesOf(op.multipass.driver).end(launch);
    return { exitCode: 0, stdout: "", stderr: "" };
  } finally {
    watch.close();
  }
}

/** Lets waiting creates continue. A launch by URL proves nothing about the image list. */
export function openGates(
  { multipass: { gates } }: Operation,
  { image }: Pick<InstanceInputs, "image">,
  direct: Entry["direct"],
): void {
  gates.direct.open();
  if (direct === undefined && parseImage(image).kind === "name") gates.list.open();
}

/** Where the timeline counts each phase of a launch, and what the status line says of it. */
const PHASES: Record<LaunchProgress["phase"], { phase: Phase; words: string }> = {
  creating: { phase: "images", words: "creating" },
  downloading: { phase: "download", words: "downloading the image" },
  verifying: { phase: "prepare", words: "verifying the image" },
  extracting: { phase: "prepare", words: "extracting the image" },
  preparing: { phase: "prepare", words: "preparing the image" },
  configuring: { phase: "prepare", words: "configuring" },
  starting: { phase: "boot", words: "booting" },
  initialising: { phase: "cloud-init", words: "cloud-init is running" },
};
