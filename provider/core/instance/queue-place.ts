import { type ErrorKind, HOST_ERRORS, isMultipassError } from "../../driver/errors.ts";
import { timeIn } from "../operation/deadline.ts";
import type { Operation } from "../operation/operation.ts";
import type { Wait } from "../operation/retry.ts";
import type { Phase } from "../operation/timeline.ts";
import type { ImageSource } from "./image-source.ts";

/** A create's place among those that wait for the host. At each gate one leads and tries. */
export class QueuePlace {
  readonly #op: Operation;
  readonly #name: string;
  readonly #source: ImageSource;

  constructor(op: Operation, name: string, source: ImageSource) {
    this.#op = op;
    this.#name = name;
    this.#source = source;
  }

  /** Waits for this create's turn, but no longer than its own deadline: the leader may have more time. */
  async turn(): Promise<void> {
    const { clock, deadline, signal } = this.#op;
    this.#leaveOtherGates();
    const over = new AbortController();
    void clock.sleep(deadline.remaining, over.signal).then(() => over.abort());
    try {
      await this.#source.gate.turn(this, AbortSignal.any([signal, over.signal]), (reason, leader) => {
        this.#op.timeline.enter(phaseOf(reason));
        const before = leader instanceof QueuePlace ? `"${leader.#name}"` : "another create";
        this.#op.countdown(`queued behind ${before} until the host is ready`);
      });
    } finally {
      over.abort();
    }
    this.#op.check(`the daemon and its image list, for which "${this.#name}" queues behind another instance`);
  }

  get isBehind(): boolean {
    return this.#source.gate.blocks(this);
  }

  /** Makes the others wait behind this create. @returns false if another one leads already */
  lead(reason: Error): boolean {
    this.#source.gate.close(this, reason);
    return !this.isBehind;
  }

  /** Makes the other creates wait or go on, depending on what a failed try says about the host. */
  failed(error: unknown): void {
    this.#leaveOtherGates();
    if (isMultipassError(error, ...HOST_ERRORS) && !this.#source.concernsOnly(error)) this.lead(error);
    // Our own deadline says nothing about the host, and neither does a call that it has cut off.
    else if (!isMultipassError(error, "deadline", "cancelled") && !this.#op.deadline.expired)
      this.#source.gate.open();
  }

  showPause({ attempt, delay, error }: Wait): void {
    this.#op.timeline.enter(phaseOf(error), true);
    const awaited = AWAITED[error.kind];
    const next = `next try ${timeIn(delay)}`;
    const why = awaited
      ? `waiting for ${awaited} · ${next}`
      : `${next} after ${error.kind.replaceAll("-", " ")}`;
    this.#op.countdown(`${why} · try ${attempt} failed`);
  }

  /** Ends the tries of this create. If it led, another one takes the lead. */
  leave(): void {
    for (const gate of Object.values(this.#op.multipass.gates)) gate.resign(this);
  }

  /** Gives up the lead at the other gates, once the image turns out to need something else. */
  #leaveOtherGates(): void {
    for (const gate of Object.values(this.#op.multipass.gates))
      if (gate !== this.#source.gate) gate.resign(this);
  }
}

function phaseOf(reason: Error | undefined): Phase {
  return isMultipassError(reason) && reason.kind.startsWith("daemon") ? "daemon" : "images";
}

/**
 * What each transient error waits for, in the words of the status line. A terminal of 120 columns shows about
 * 40 characters of a status. The words must leave room for the time of the next try.
 */
const AWAITED: Partial<Record<ErrorKind, string>> = {
  "daemon-unreachable": "the daemon",
  "daemon-initialising": "the daemon",
  "host-unreachable": "the ssh host",
  "images-unreachable": "image servers",
  "download-failed": "the download",
  "download-cancelled": "the download",
  "image-refused": "the download",
  "image-server-untrusted": "the download",
  "instance-preparing": "its launch",
};
