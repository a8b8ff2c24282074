/**
 * One wait for many. While the host is not ready (no daemon, no image list) one waiter leads: it alone makes attempts. The others
 * stand behind it, without a single call, until an attempt of the leader has shown that the way is free.
 */
export class Gate {
  #closed = false;
  #leader: object | undefined;
  #reason: Error | undefined;
  #waiting = new Set<() => void>();

  /**
   * Ends when `who` may make an attempt: the gate is open, or `who` leads. Ends at once when the signal is raised.
   *
   * @param onBlocked told why the way is not free, and again when the reason is another
   */
  async turn(
    who: object,
    signal?: AbortSignal,
    onBlocked?: (reason: Error | undefined) => void,
  ): Promise<void> {
    while (this.blocks(who) && !signal?.aborted) {
      onBlocked?.(this.#reason);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal?.addEventListener("abort", wake, { once: true });
      });
    }
    if (this.#closed) this.#leader ??= who;
  }

  /** Whether `who` has to wait for its turn: asked again where something else was waited for after the turn had come. */
  blocks(who: object): boolean {
    return this.#closed && this.#leader !== undefined && this.#leader !== who;
  }

  /** Why the way is not free; undefined while it is. */
  get reason(): Error | undefined {
    return this.#closed ? this.#reason : undefined;
  }

  /** An attempt of `who` has found the host not ready. */
  close(who: object, reason?: Error): void {
    const isNews = reason !== this.#reason;
    this.#closed = true;
    this.#reason = reason;
    this.#leader ??= who;
    if (isNews) this.#wakeAll();
  }

  /** An attempt has got through. */
  open(): void {
    this.#closed = false;
    this.#leader = undefined;
    this.#wakeAll();
  }

  /** `who` makes no more attempts, for whatever reason; if it led, another will. */
  resign(who: object): void {
    if (this.#leader !== who) return;
    this.#leader = undefined;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
