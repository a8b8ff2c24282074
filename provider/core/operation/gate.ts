import { aborted } from "../../driver/clock.ts";

/**
 * One wait for many creates. While the host is not ready (no daemon, no image list), one waiter leads: it
 * alone makes attempts. The others make no call until one of the leader's attempts succeeds.
 */
export class Gate {
  #closed = false;
  #leader: object | undefined;
  #reason: Error | undefined;
  #news = Promise.withResolvers<void>();

  /**
   * Ends when `who` may make an attempt: the gate is open, or `who` leads. Ends immediately when the signal
   * is aborted.
   *
   * @param onBlocked called with the reason for waiting and the leader, and again when they change
   */
  async turn(
    who: object,
    signal?: AbortSignal,
    onBlocked?: (reason: Error | undefined, leader: object | undefined) => void,
  ): Promise<void> {
    const ended = signal ? [aborted(signal)] : [];
    while (this.blocks(who) && !signal?.aborted) {
      onBlocked?.(this.#reason, this.#leader);
      await Promise.race([this.#news.promise, ...ended]);
    }
    if (this.#closed) this.#leader ??= who;
  }

  /** Whether `who` has to wait. Ask again after any other wait, since the turn may have passed. */
  blocks(who: object): boolean {
    return this.#closed && this.#leader !== undefined && this.#leader !== who;
  }

  /** Why the gate is closed; undefined while it is open. */
  get reason(): Error | undefined {
    return this.#closed ? this.#reason : undefined;
  }

  /** An attempt by `who` found that the host is not ready. */
  close(who: object, reason?: Error): void {
    const isNews = reason !== this.#reason;
    this.#closed = true;
    this.#reason = reason;
    this.#leader ??= who;
    if (isNews) this.#wakeAll();
  }

  /** An attempt succeeded. */
  open(): void {
    this.#closed = false;
    this.#leader = undefined;
    this.#wakeAll();
  }

  /** `who` makes no more attempts, for whatever reason. If it led, another waiter takes over. */
  resign(who: object): void {
    if (this.#leader !== who) return;
    this.#leader = undefined;
    this.#wakeAll();
  }

  #wakeAll(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
