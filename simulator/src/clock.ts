/** The clock of a simulated world: milliseconds of simulated time since the world's start. */
export class SimulatedClock {
  readonly #startedAt: number;
  readonly #scale: number;

  constructor(startedAt: number, scale: number) {
    this.#startedAt = startedAt;
    this.#scale = scale;
  }

  now(): number {
    return (Date.now() - this.#startedAt) * this.#scale;
  }

  /** The wall-clock date inside the world at a simulated moment. */
  date(moment = this.now()): Date {
    return new Date(this.#startedAt + moment);
  }

  /**
   * Resolves after a simulated duration, immediately for 0; rejects with the signal's reason when aborted.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (milliseconds <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      // Rounds up so that a timer never fires before its simulated moment. Above 2^31 ms Node.js would fire
      // immediately.
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
        Math.min(Math.ceil(milliseconds / this.#scale), 2_147_483_647),
      );
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
