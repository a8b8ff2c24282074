import pLimit, { type LimitFunction } from "p-limit";

/** One boot per core, at most four. `PULUMI_MULTIPASS_LAUNCHES` overrides it. */
export function slotsFor(cores: number): [booting: number, open: number] {
  const named = Number(process.env["PULUMI_MULTIPASS_LAUNCHES"]);
  const booting = Number.isInteger(named) && named > 0 ? named : Math.min(4, cores);
  return [booting, cores];
}

/**
 * Limits the launches and starts of this run on one Multipass.
 *
 * Two limits apply. Few instances may download, be prepared and boot at once, because more do not finish
 * sooner, and ten at once have crashed the daemon (canonical/multipass#3336). An instance that runs cloud-init
 * costs the daemon nothing but the thread that waits for it, so it gives its slot to the next one. The daemon
 * has one thread per core; whatever is launched beyond that would queue there unseen.
 */
export class LaunchSlots {
  readonly #booting: LimitFunction;
  readonly #open: LimitFunction;

  /**
   * @param booting how many may download, be prepared or boot at once
   * @param open how many may be under way at once, including those that run cloud-init
   */
  constructor(booting: number, open: number) {
    this.#booting = pLimit(booting);
    this.#open = pLimit(Math.max(booting, open));
  }

  /** Changes the limits. What is under way stays so. */
  resize(booting: number, open: number): void {
    this.#booting.concurrency = booting;
    this.#open.concurrency = Math.max(booting, open);
  }

  /** Launches and starts that are under way. */
  get activeCount(): number {
    return this.#open.activeCount;
  }

  /** Launches and starts that are under way or wait for a slot. */
  get count(): number {
    return this.#open.activeCount + this.#open.pendingCount + this.#booting.pendingCount;
  }

  get isFull(): boolean {
    return isFull(this.#booting) || isFull(this.#open);
  }

  /** Works when there is a slot. @param work calls `booted` as soon as the next instance may boot */
  run<T>(work: (booted: () => void) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const boot = () =>
        new Promise<void>((booted) => {
          this.#open(() => work(booted))
            .then(resolve, reject)
            .finally(booted);
        });
      this.#booting(boot).catch(reject);
    });
  }
}

function isFull({ activeCount, concurrency }: LimitFunction): boolean {
  return activeCount >= concurrency;
}
