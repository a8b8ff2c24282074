import { ignoring, isMultipassError, MultipassError } from "../../driver/errors.ts";
import type { LaunchProgress } from "../../driver/output.ts";
import { HELD_MS, hasHung, isDaemonHeld } from "../../driver/run.ts";
import { formatSeconds } from "../operation/deadline.ts";
import { every, type Operation } from "../operation/operation.ts";
import { examineUserData } from "../user-data/examine.ts";
import { powerOff } from "./converge.ts";
import type { InstanceInputs } from "./model.ts";
import { restartOnce } from "./remedies.ts";
import { FINAL } from "./requirements.ts";

/** Milliseconds between two looks at a guest that runs cloud-init. Each look is a command in the guest. */
const LOOK_EVERY_MS = 15_000;
/** Milliseconds that one command in the guest may take. A guest that reboots meanwhile never answers. */
const GUEST_MS = 30_000;
/**
 * Milliseconds of silence before a daemon counts as hung, if the user-data reboots the guest in cloud-init.
 * Otherwise another client's command, such as a `stop`, may hold the daemon for up to `HELD_MS`.
 */
const HUNG_MS = 90_000;
/** Milliseconds for a client to finish by itself after cloud-init. It usually takes a second or two. */
const FINISH_MS = 15_000;

type WatchedInputs = Pick<InstanceInputs, "cloudInit" | "remedies">;

/**
 * Watches the boot that a launch waits for, because the client's own wait is not reliable.
 * A guest that hangs would use up all the time of the create. Up to 1.16 the client misses the end of
 * cloud-init if that rebooted the guest (canonical/multipass#4199).
 */
export class BootWatch {
  /** Whether cloud-init ended so long ago that the client has missed it. */
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

  /** Powers off a guest that boots for too long. @throws MultipassError if the launch cannot succeed */
  async check(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    const since = this.#bootingSince;
    if (this.#wasPoweredOff || since === undefined || this.#op.deadline.elapsed - since <= BOOT_MS) return;
    this.#wasPoweredOff = true;
    // The launch then fails, and the instance is started anew.
    const why = `has not answered for ${formatSeconds(BOOT_MS)}: powering it off to start it again`;
    await powerOff(this.#op, this.#name, why).catch(ignoring());
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
        // The launch itself reports every other failure.
        if (!isMultipassError(error, "daemon-hung", "guest-access-denied")) return;
        const restarted = error.kind === "daemon-hung" && (await restartHung(op, this.#inputs));
        if (!restarted) this.#error = error;
      },
    );
  }
}

/** Milliseconds that an instance may take to answer after its start: Multipass's own default. */
const BOOT_MS = 300_000;

/**
 * Polls the guest until cloud-init has ended.
 *
 * @throws MultipassError `daemon-hung`, or `guest-access-denied` once the guest refused the key for a while
 */
async function cloudInitEnd(op: Operation, name: string, { cloudInit }: WatchedInputs): Promise<void> {
  const { multipass, clock, signal } = op;
  const { survivesReboot } = await multipass.capabilities({ signal });
  const reboots = cloudInit !== undefined && examineUserData(cloudInit, true).rebootsBy.length > 0;
  const limit = reboots && !survivesReboot ? HUNG_MS : HELD_MS;
  await clock.sleep(LOOK_EVERY_MS, signal);
  // Throws if the launch has ended. A question would then be cancelled at once, and its failure would replace
  // a good answer.
  op.check("the end of cloud-init");
  await op.retry(
    async () => {
      const state = await withAnswer(
        op,
        limit,
        async (bounds) => (await multipass.roster.find(name, bounds))?.state,
      );
      if (state !== "Running") throw notYet(`it is ${state}`);
      const { status } = await multipass.driver.cloudInitStatus(name, { timeoutMs: GUEST_MS, signal });
      if (FINAL.includes(status)) return;
      const at = await multipass.driver.cloudInitModule(name, { timeoutMs: GUEST_MS, signal });
      if (at !== undefined && !signal.aborted) op.log.status(`cloud-init is running ${at}`);
      throw notYet(`cloud-init is ${status}`);
    },
    {
      backoff: every(LOOK_EVERY_MS),
      retryable: (error) => !isMultipassError(error, "daemon-hung"),
    },
  );
}

function notYet(details: string): MultipassError {
  return new MultipassError("Cloud-init has not finished", {
    kind: "guest-initialisation-timeout",
    transient: true,
    details,
  });
}

/** @throws MultipassError `daemon-hung` if no answer comes and no call of this process holds the daemon */
async function withAnswer<T>(
  op: Operation,
  limitMs: number,
  ask: (options: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const enough = new AbortController();
  const signal = AbortSignal.any([op.signal, enough.signal]);
  try {
    return await op.lasting(limitMs).within("an answer from the daemon", ask({ signal }));
  } catch (error) {
    if (isMultipassError(error, "deadline") && !isDaemonHeld(op.multipass.driver.host))
      throw hasHung(limitMs);
    throw error;
  } finally {
    enough.abort();
  }
}

/** Kills and restarts a hung daemon, once and if the user allows it. @returns whether it was restarted */
async function restartHung(op: Operation, { remedies = {} }: WatchedInputs): Promise<boolean> {
  // This instance is running, so "ifIdle" never permits a restart.
  if (remedies.restartDaemon !== "always" || op.multipass.remediesDone.has("restartDaemon")) return false;
  op.log.warn("the Multipass daemon has hung: killing and restarting it");
  return (await restartOnce(op, remedies, true)) === undefined;
}
