import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import type { LaunchProgress } from "../../driver/output.ts";
import { HELD_MS, hasHung, isDaemonHeld } from "../../driver/run.ts";
import { restartDaemon } from "../../driver/service.ts";
import { capabilities } from "../../driver/version.ts";
import { formatSeconds } from "../operation/clock.ts";
import type { Operation } from "../operation/operation.ts";
import { examineUserData } from "../user-data/examine.ts";
import type { InstanceInputs } from "./model.ts";
import { FINAL } from "./requirements.ts";

/** Milliseconds between two looks at a guest whose cloud-init runs. Each costs a command in the guest. */
const LOOK_EVERY_MS = 15_000;
/** Milliseconds that one command in the guest may take: a guest that reboots under it answers nothing. */
const GUEST_MS = 30_000;
/**
 * Milliseconds without an answer after which a daemon counts as hung if the guest is told to reboot during cloud-init. Any other daemon may be
 * held by another client's command, such as a `stop`, for up to `HELD_MS`.
 */
const HUNG_MS = 90_000;
/** Milliseconds in which a client can finish by itself once cloud-init is done. It usually takes a second or two. */
const FINISH_MS = 15_000;

type WatchedInputs = Pick<InstanceInputs, "cloudInit" | "remedies">;

/**
 * Watches the boot that a launch is waiting for. A client's wait cannot be trusted with it: a guest that hangs would use up the whole time of
 * the create, and up to 1.16 the client misses the end of a cloud-init that has rebooted the guest (canonical/multipass#4199).
 */
export class BootWatch {
  /** Whether cloud-init ended in the guest so long ago that the client has missed it. */
  isOver = false;
  readonly #op: Operation;
  readonly #name: string;
  readonly #inputs: WatchedInputs;
  readonly #closed = new AbortController();
  #bootingSince: number | undefined;
  #wasPoweredOff = false;
  #isLooking = false;
  #error: unknown;

  constructor(op: Operation, name: string, inputs: WatchedInputs) {
    this.#op = op;
    this.#name = name;
    this.#inputs = inputs;
  }

  noteProgress({ phase }: LaunchProgress): void {
    this.#bootingSince = phase === "starting" ? (this.#bootingSince ?? this.#op.deadline.elapsed) : undefined;
    if (phase === "initialising") this.#look();
  }

  /** Does what is due. @throws MultipassError where the launch cannot come to a good end */
  async check(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    const since = this.#bootingSince;
    if (this.#wasPoweredOff || since === undefined || this.#op.deadline.elapsed - since <= BOOT_MS) return;
    this.#wasPoweredOff = true;
    await powerOff(this.#op, this.#name);
  }

  close(): void {
    this.#closed.abort();
  }

  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const op = this.#op.endedBy(this.#closed.signal);
    cloudInitEnd(op, this.#name, this.#inputs).then(
      async () => {
        await op.clock.sleep(FINISH_MS, op.signal);
        this.isOver = !op.signal.aborted;
      },
      async (error) => {
        // Of everything else the launch itself tells.
        if (!isMultipassError(error, "daemon-hung", "guest-access-denied")) return;
        const restarted = error.kind === "daemon-hung" && (await restartHung(op, this.#inputs));
        if (!restarted) this.#error = error;
      },
    );
  }
}

/** Milliseconds that a machine may take to answer after it was started: what Multipass itself waits by default. */
const BOOT_MS = 300_000;

/** Ends the boot of a machine that does not answer. Its launch fails by that, and what is left is started anew. */
async function powerOff(op: Operation, name: string): Promise<void> {
  const { client } = await op.multipass.version({ signal: op.signal });
  if (!capabilities(client).stopForce) return;
  op.log.info(
    `instance "${name}" has not answered for ${formatSeconds(BOOT_MS)}: powering it off to start it anew`,
  );
  await op.multipass.driver.stop(name, true, op.bounds).catch((error) => {
    if (!isMultipassError(error)) throw error;
  });
}

/**
 * Looks at the guest until its cloud-init has ended.
 *
 * @returns when cloud-init has ended
 * @throws MultipassError `daemon-hung`, or `guest-access-denied` once the guest has refused the key for a while
 */
async function cloudInitEnd(op: Operation, name: string, { cloudInit }: WatchedInputs): Promise<void> {
  const { multipass, clock, signal } = op;
  const { client } = await multipass.version({ signal });
  const reboots = cloudInit !== undefined && examineUserData(cloudInit, true).rebootsBy.length > 0;
  const limit = reboots && !capabilities(client).survivesReboot ? HUNG_MS : HELD_MS;
  await clock.sleep(LOOK_EVERY_MS, signal);
  await op.retry(
    async () => {
      const state = await withAnswer(
        op,
        limit,
        async (within) => (await multipass.roster.find(name, within))?.state,
      );
      if (state !== "Running") throw notYet(`it is ${state}`);
      const { status } = await multipass.driver.cloudInitStatus(name, { timeoutMs: GUEST_MS, signal });
      if (!FINAL.includes(status)) throw notYet(`cloud-init is ${status}`);
    },
    {
      backoff: { initial: LOOK_EVERY_MS, factor: 1, cap: LOOK_EVERY_MS, jitter: 0 },
      retryable: (error) => !isMultipassError(error, "daemon-hung"),
    },
  );
}

function notYet(details: string): MultipassError {
  return new MultipassError("Cloud-init has not ended", {
    kind: "guest-initialisation-timeout",
    transient: true,
    details,
  });
}

/** @throws MultipassError `daemon-hung` where there is no answer in time, although no call of this process holds the daemon */
async function withAnswer<T>(
  op: Operation,
  limitMs: number,
  ask: (options: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const enough = new AbortController();
  const signal = AbortSignal.any([op.signal, enough.signal]);
  try {
    return await op.lasting(limitMs).within("an answer of the daemon", ask({ signal }));
  } catch (error) {
    if (isMultipassError(error, "deadline") && !isDaemonHeld()) throw hasHung(limitMs);
    throw error;
  } finally {
    enough.abort();
  }
}

/**
 * Kills and restarts a daemon that has hung, at most once, where the user allows a restart whatever runs.
 *
 * @returns whether it was restarted
 */
async function restartHung(
  { multipass, log }: Operation,
  { remedies: { restartDaemon: policy, restartCommand } = {} }: WatchedInputs,
): Promise<boolean> {
  // The instance itself runs, so "ifIdle" never permits it.
  if (policy !== "always" || multipass.remediesDone.has("restartDaemon")) return false;
  multipass.remediesDone.add("restartDaemon");
  log.warn("the Multipass daemon has hung: killing and restarting it");
  try {
    await restartDaemon(restartCommand, { isHung: true });
    return true;
  } catch (error) {
    if (!isMultipassError(error)) throw error;
    log.warn(error.message);
    return false;
  }
}
