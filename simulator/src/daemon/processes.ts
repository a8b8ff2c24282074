import { MachineGone } from "../guest/process.ts";
import type { InstanceStateRecord } from "../world.ts";
import type { Life } from "./life.ts";

/** How the wait for a starting VM ended. */
export type BootResult = "up" | "timeout" | "died";

/** The VM processes of the instances. */
export class Processes {
  readonly #life: Life;
  /** Aborted when the VM process of an instance ends. */
  readonly #running = new Map<string, AbortController>();

  constructor(life: Life) {
    this.#life = life;
  }

  /** The process of an instance, to check later if it is still the same one. */
  of(name: string): object | undefined {
    return this.#running.get(name);
  }

  /** Aborted when the VM process or the daemon ends, and with it everything in the instance. */
  lifeOf(name: string): AbortSignal {
    const { ended } = this.#life;
    const process = this.#running.get(name);
    return process ? AbortSignal.any([ended, process.signal]) : ended;
  }

  start(instance: InstanceStateRecord): void {
    this.kill(instance);
    this.#running.set(instance.name, new AbortController());
  }

  /** Ends the VM process, if there is one. The guest's writes so far are on its disk. */
  kill({ name }: InstanceStateRecord): void {
    if (!this.#running.has(name)) return;
    this.#life.disks.save(name);
    this.#running.get(name)?.abort(new MachineGone());
    this.#running.delete(name);
  }

  /** Waits for a moment during the current life of the VM process. */
  async waitUntil(instance: InstanceStateRecord, moment: () => number, timeout: number): Promise<BootResult> {
    const { clock, ended } = this.#life;
    const process = this.#running.get(instance.name);
    if (!process) return "died";
    const life = this.lifeOf(instance.name);
    const deadline = clock.now() + timeout;
    try {
      while (clock.now() < moment()) {
        if (clock.now() >= deadline) return "timeout";
        // Waits in steps, because a test can change the moment during the wait.
        const wait = Math.min(moment(), deadline, clock.now() + 1000) - clock.now();
        await clock.sleep(wait, life);
      }
      return process.signal.aborted ? "died" : "up";
    } catch (error) {
      if (ended.aborted) throw error;
      return "died";
    }
  }
}
