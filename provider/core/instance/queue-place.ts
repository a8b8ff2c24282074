import { isMultipassError, type MultipassError } from "../../driver/errors.ts";
import { HOST_ERRORS } from "../failures.ts";
import { formatSeconds } from "../operation/clock.ts";
import type { Operation } from "../operation/operation.ts";
import type { Wait } from "../operation/retry.ts";
import type { Phase } from "../operation/timeline.ts";
import type { ImageSource } from "./image-source.ts";

/**
 * The place of one create among those that wait until the host is ready. At each gate one create leads and tries; the others stand behind
 * it.
 */
export class QueuePlace {
  readonly #op: Operation;
  readonly #name: string;
  readonly #source: ImageSource;

  constructor(op: Operation, name: string, source: ImageSource) {
    this.#op = op;
    this.#name = name;
    this.#source = source;
  }

  /** Waits for the turn of this create, and no longer than it has time: the leader may have more. */
  async turn(): Promise<void> {
    const { clock, deadline, signal } = this.#op;
    this.#leaveOtherGates();
    const over = new AbortController();
    void clock.sleep(deadline.remaining, over.signal).then(() => over.abort());
    try {
      await this.#source.gate.turn(this, AbortSignal.any([signal, over.signal]), (reason) => {
        this.#op.timeline.enter(phaseOf(reason));
        const what = isMultipassError(reason) ? awaited(reason) : "the host";
        this.#op.countdown(`waiting for ${what}, as others do`);
      });
    } finally {
      over.abort();
    }
    this.#op.check(`the daemon and its image list, which another instance than "${this.#name}" waits for`);
  }

  /** Whether another create leads by now. */
  get isBehind(): boolean {
    return this.#source.gate.blocks(this);
  }

  /** Why the host is not ready; undefined while it is. */
  get reason(): Error | undefined {
    return this.#source.gate.reason;
  }

  /**
   * Makes the others wait behind this create.
   *
   * @returns false where another one leads already
   */
  lead(reason: Error): boolean {
    this.#source.gate.close(this, reason);
    return !this.isBehind;
  }

  /** The host is ready: nobody waits any more. */
  open(): void {
    this.#source.gate.open();
  }

  /** Makes the others wait, or go on, by what the failure of a try says of the host. */
  failed(error: unknown): void {
    this.#leaveOtherGates();
    if (isMultipassError(error, ...HOST_ERRORS) && !this.#source.concernsOnly(error)) this.lead(error);
    // The end of our time says nothing of the host, and neither does a call that it has cut off.
    else if (!isMultipassError(error, "deadline", "cancelled") && !this.#op.deadline.expired) this.open();
  }

  /** Says what the pause before the next try waits for. */
  showPause({ attempt, delay, error }: Wait): void {
    this.#op.timeline.enter(phaseOf(error), true);
    this.#op.countdown(
      `waiting for ${awaited(error)} · try ${attempt} failed · next in ${formatSeconds(delay)}`,
    );
  }

  /** This create tries no more. If it led, another one will. */
  leave(): void {
    for (const gate of Object.values(this.#op.multipass.gates)) gate.resign(this);
  }

  /** The gate changes when it turns out that the image needs something else. The lead stays with those who still wait there. */
  #leaveOtherGates(): void {
    for (const gate of Object.values(this.#op.multipass.gates))
      if (gate !== this.#source.gate) gate.resign(this);
  }
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
