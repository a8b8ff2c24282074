import { isMultipassError } from "../../multipass/errors.ts";
import { capabilities } from "../../multipass/version.ts";
import { daemonBack, networkChange } from "../../readiness/host-watch.ts";
import type { Catalogue } from "../../readiness/images/catalogue.ts";
import type { ResolvedImage } from "../../readiness/images/simplestreams.ts";
import type { Wait } from "../../readiness/retry.ts";
import type { Context } from "../context.ts";
import type { InstanceInputs } from "./model.ts";

/** Milliseconds for which one failure is taken to mean that the daemon's image list is bad for every other launch, too. */
const LIST_IS_BAD_MS = 60_000;

/**
 * Where the next launch takes its image from, and when another try is worth its price.
 *
 * A daemon without an image list refuses every alias, up to 15 minutes after the network is good again; an image by URL it takes at once.
 * So as soon as this host itself can read what the image server publishes, the alias is resolved here.
 */
export class ImageSource {
  readonly #ctx: Context;
  readonly #inputs: InstanceInputs;
  readonly #catalogue: Catalogue;
  readonly #enabled: boolean;
  /** The image to launch by URL; undefined to launch as asked for. */
  direct: ResolvedImage | undefined;
  /** Whether `wait-ready` has said that all is well when it was not. */
  #waitReadyIsWrong = false;

  constructor(ctx: Context, inputs: InstanceInputs) {
    this.#ctx = ctx;
    this.#inputs = inputs;
    this.#catalogue = ctx.host.catalogue(inputs.remedies?.imageServers);
    this.#enabled = inputs.remedies?.directImage !== false && this.#catalogue.covers(inputs.image);
  }

  /** The image to launch by its URL, or undefined to leave the look-up to the daemon. */
  async next(): Promise<ResolvedImage | undefined> {
    const { host, clock } = this.#ctx;
    const listIsBad = host.listFailedAt !== undefined && clock.now() - host.listFailedAt < LIST_IS_BAD_MS;
    if (this.#enabled && !this.direct && listIsBad) {
      this.direct = await this.#catalogue.resolve(this.#inputs.image).catch(() => undefined);
    }
    return this.direct;
  }

  failed(error: unknown): void {
    if (isMultipassError(error, "images-unreachable")) this.#ctx.host.listFailedAt = this.#ctx.clock.now();
    // What was resolved does not work for the daemon; the next try asks it by alias again.
    if (this.direct && isMultipassError(error, "download-failed", "image-unknown")) this.direct = undefined;
  }

  /** Ends when the world has changed so that another launch may succeed. Runs for as long as the pause between two tries. */
  async whenWorthAnotherTry(wait: Wait, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ctx;
    switch (wait.error.kind) {
      case "daemon-unreachable":
      case "daemon-initialising":
        return daemonBack(clock, signal);
      case "images-unreachable":
        return Promise.race([
          networkChange(clock, signal),
          this.#whenResolved(signal),
          this.#whenDaemonIsReady(wait.delay, signal),
        ]);
      case "download-failed":
        return networkChange(clock, signal);
      default:
        return never(signal);
    }
  }

  async #whenResolved(signal: AbortSignal): Promise<void> {
    if (!this.#enabled) return never(signal);
    const image = await this.#catalogue.whenReachable(this.#inputs.image, signal);
    if (!image) return never(signal);
    this.direct = image;
  }

  /** From 1.17 on the daemon can be asked to tell. It is no better than the list: a forced refresh that failed makes it say yes for ever. */
  async #whenDaemonIsReady(delay: number, signal: AbortSignal): Promise<void> {
    const { host } = this.#ctx;
    const { client } = await host.version({ signal });
    if (!capabilities(client).waitReady || this.#waitReadyIsWrong) return never(signal);
    const ready = await host.driver.waitReady(delay / 1000, { signal }).catch(() => false);
    if (!ready) return never(signal);
    this.#waitReadyIsWrong = true;
  }
}

/** Ends on the signal alone. */
function never(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
