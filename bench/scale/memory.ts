import { readFileSync } from "node:fs";

/** Watches how much memory a process has at most. */
export class MemoryWatch {
  /** MiB of resident memory; 0 where the system does not tell. */
  peak = 0;
  #pid: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    // The highest it ever was is kept by the system itself, so that a look now and then misses nothing but the end.
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
      // It has ended.
    }
  }
}
