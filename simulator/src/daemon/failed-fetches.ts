import { DaemonGone } from "../cli/errors.ts";
import { durationMs } from "../duration.ts";
import type { Life } from "./life.ts";

/**
 * Failing fetches are logged from several threads to every open `launch`, `find` and `wait-ready`. Two of them write to one stream at once, and the
 * daemon aborts. Measured on 1.16.3 and 1.17; `list`, `info`, `get` and `version` are safe.
 */
export class FailedFetches {
  readonly #life: Life;
  #open = 0;
  #fetching = 0;
  /** Whether a stream was open at any moment of the fetch that is under way. */
  #exposed = false;

  constructor(life: Life) {
    this.#life = life;
  }

  /** A client opens a stream to which the daemon logs. @returns what closes it */
  openStream(): () => void {
    this.#open += 1;
    this.#exposed = true;
    let isOpen = true;
    return () => {
      if (isOpen) this.#open -= 1;
      isOpen = false;
    };
  }

  /** Runs a fetch. @throws DaemonGone where it has failed under the eyes of a client */
  async watch<T>(fetch: () => Promise<T>, hasFailed: (result: T) => boolean): Promise<T> {
    if (this.#fetching === 0) this.#exposed = this.#open > 0;
    this.#fetching += 1;
    const result = await fetch().finally(() => {
      this.#fetching -= 1;
    });
    if (hasFailed(result) && this.#exposed) this.#abort();
    return result;
  }

  /** What a refused launch does before 1.17: it fetches the blueprints' archive, on its own stream. */
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
