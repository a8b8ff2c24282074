import { DaemonGone } from "../cli/errors.ts";
import { durationMs } from "../duration.ts";
import type { Life } from "./life.ts";

/**
 * The daemon logs failed fetches from several threads to every open `launch`, `find` and `wait-ready`. If two
 * threads write to one stream at once, the daemon aborts. Measured on 1.16.3 and 1.17; `list`, `info`, `get`
 * and `version` are safe.
 */
export class FailedFetches {
  readonly #life: Life;
  #open = 0;
  #fetching = 0;
  /** Whether a stream was open at any moment of the current fetch. */
  #exposed = false;

  constructor(life: Life) {
    this.#life = life;
  }

  /**
   * Called when a client opens a stream to which the daemon logs.
   *
   * @returns a function that closes the stream
   */
  openStream(): () => void {
    this.#open += 1;
    this.#exposed = true;
    let isOpen = true;
    return () => {
      if (isOpen) this.#open -= 1;
      isOpen = false;
    };
  }

  /**
   * Runs a fetch.
   *
   * @throws DaemonGone if the fetch failed while a client had a stream open
   */
  async watch<T>(fetch: () => Promise<T>, hasFailed: (result: T) => boolean): Promise<T> {
    if (this.#fetching === 0) this.#exposed = this.#open > 0;
    this.#fetching += 1;
    const result = await fetch().finally(() => {
      this.#fetching -= 1;
    });
    if (hasFailed(result) && this.#exposed) this.#abort();
    return result;
  }

  /** Before 1.17, a refused launch fetches the archive of the blueprints on its own stream. */
  async fetchBlueprints(): Promise<void> {
    const { clock, faults, caps, ended } = this.#life;
    if (!caps.blueprints) return;
    const network = faults.network(clock.now(), "github.com");
    if (network === "good") return;
    await clock.sleep(faults.failureMs(network), ended);
    const { failedFetchAborts: plan } = faults.plan;
    const dies = typeof plan === "object" ? faults.random() < plan.refusedLaunch : plan === true;
    if (dies) this.#abort();
  }

  #abort(): void {
    const { faults, store } = this.#life;
    const { failedFetchAborts: plan } = faults.plan;
    if (plan === undefined || plan === false) return;
    const { downFor, orphanedDnsmasq } = plan === true ? { downFor: 2, orphanedDnsmasq: false } : plan;
    store.world.daemon.aborts = (store.world.daemon.aborts ?? 0) + 1;
    if (orphanedDnsmasq) store.world.daemon.orphanedDnsmasq = true;
    this.#life.end("crash", downFor === "never" ? undefined : durationMs(downFor));
    throw new DaemonGone();
  }
}
