import { readFileSync } from "node:fs";

/** Records the peak memory of a process. */
export class MemoryWatch {
  /** MiB of resident memory; 0 if the system does not report it. */
  peak = 0;
  #pid: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    // The system itself records the peak, so occasional looks miss nothing but the very end.
    this.#timer = setInterval(() => this.#look(), 50);
  }

  readonly watch = (pid: number): void => {
    this.#pid = pid;
  };

  stop(): number {
    clearInterval(this.#timer);
    return Math.round(this.peak);
  }

  #look(): void {
    if (this.#pid === undefined || process.platform !== "linux") return;
    try {
      const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
      this.peak = Math.max(this.peak, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // The process has ended.
    }
  }
}
