import { capabilities, type Version } from "../../multipass/version.ts";
import { aborted } from "../../readiness/clock.ts";
import { daemonStart, nextFetch } from "../../readiness/fetch-schedule.ts";
import type { Context } from "../context.ts";

/**
 * Milliseconds after the moment for which a fetch of the daemon is foretold, at which it is asked how the fetch ended. It comes a little later
 * than foretold; and asked too soon, the daemon tells of the fetch before.
 */
const FETCH_LOOKS_MS = [300, 1_000, 3_000];
/** Milliseconds that such a question may take: it waits for a fetch that is under way, of ten documents, 10 s each at the worst. */
const FETCH_MS = 120_000;

/**
 * When the daemon's own image list has come, as far as that can be known without another launch: from 1.17 on the daemon tells, from 1.14 on
 * its fetches can be foretold.
 */
export class DaemonList {
  readonly #ctx: Context;
  #tells = false;
  /** Whether `wait-ready` has said that all is well when it was not. */
  #isWrong = false;
  /** The one `wait-ready` of a create, for all pauses between its tries. */
  #ready: Promise<boolean> | undefined;
  readonly #over = new AbortController();

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Nobody waits any more. */
  close(): void {
    this.#over.abort();
  }

  /** Before a launch, after which the daemon may be asked once more, if its version can tell and has not told wrong. */
  mayTell(client: Version): void {
    this.#tells = capabilities(client).waitReady && !this.#isWrong;
  }

  /** Whether the daemon can be asked to tell, as far as is known. */
  get tells(): boolean {
    return this.#tells;
  }

  /**
   * Before 1.17 the daemon cannot be asked to tell when it has a list. But its fetches can be foretold from its start, and `find` waits for one
   * that is under way and tells how it ended. That is also the gentle way: a launch that meets a fetch can bring these versions down.
   */
  async whenFetched(signal: AbortSignal): Promise<void> {
    const { host, clock } = this.#ctx;
    const { waitReady, imageListRetries } = capabilities((await host.version({ signal })).client);
    const started = this.#started;
    if (waitReady || !imageListRetries || started === undefined) return aborted(signal);
    while (!signal.aborted) {
      const due = started + nextFetch(Math.max(0, clock.now() - started));
      for (const look of FETCH_LOOKS_MS) {
        await clock.sleep(due + look - clock.now(), signal);
        if (signal.aborted) return;
        const hasList = host.driver.find({ timeoutMs: FETCH_MS, signal }).then(
          () => true,
          () => false,
        );
        if (await hasList) return;
      }
    }
  }

  /** When the daemon was started, by the clock; undefined where that cannot be known. */
  get #started(): number | undefined {
    const started = daemonStart(this.#ctx.host.machine);
    return started === undefined ? undefined : this.#ctx.clock.momentOf(started);
  }

  /** From 1.17 on the daemon can be asked to tell. It is no better than the list: a forced refresh that failed makes it say yes for ever. */
  async whenReady(remaining: number, signal: AbortSignal): Promise<void> {
    const { host, signal: cancelled } = this.#ctx;
    if (!this.#tells) return aborted(signal);
    this.#ready ??= host.driver
      .waitReady(remaining / 1000, { signal: AbortSignal.any([cancelled, this.#over.signal]) })
      .catch(() => false);
    const ready = await Promise.race([this.#ready, aborted(signal)]);
    if (ready === undefined) return;
    this.#ready = undefined;
    this.#tells = false;
    if (!ready) return aborted(signal);
    this.#isWrong = true;
  }
}
