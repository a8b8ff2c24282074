import { RpcError } from "../cli/errors.ts";
import type { FailedFetches } from "./failed-fetches.ts";
import type { NetworkState } from "./faults.ts";
import type { Catalog, CatalogImage } from "./images.ts";
import type { Life } from "./life.ts";

const REFRESH_INTERVAL_MS = 15 * 60_000;
const FIRST_RETRY_MS = 5_000;
const HOSTS = ["cloud-images.ubuntu.com", "cdimage.ubuntu.com"];
const RELEASES_INDEX = "https://cloud-images.ubuntu.com/releases/streams/v1/index.json";

/**
 * The daemon's image manifests, fetched at start and every 15 min. Since 1.14 a failed fetch is retried after
 * 5 s, and the pause doubles each time.
 */
export class ImageList {
  readonly #life: Life;
  readonly #catalog: Catalog;
  readonly #failedFetches: FailedFetches;
  #loaded = false;
  /** The stored error of the last background fetch, which `find` keeps throwing. */
  #error: string | undefined;
  #fetching: Promise<unknown> = Promise.resolve();
  #timer = new AbortController();

  constructor(life: Life, catalog: Catalog, failedFetches: FailedFetches) {
    this.#life = life;
    this.#catalog = catalog;
    this.#failedFetches = failedFetches;
  }

  /** Fetches repeatedly until the daemon ends. */
  start(): void {
    this.#schedule(true, FIRST_RETRY_MS);
  }

  async #run(fetchFirst: boolean, retry: number): Promise<void> {
    const { clock, store } = this.#life;
    let wait = REFRESH_INTERVAL_MS;
    let nextRetry = retry;
    for (let first = true; ; first = false) {
      if (!first || fetchFirst) {
        this.#error = await this.#fetch();
        const retries = this.#error !== undefined && this.#life.caps.listRetries;
        wait = retries ? nextRetry : REFRESH_INTERVAL_MS;
        nextRetry = this.#error === undefined ? FIRST_RETRY_MS : Math.min(nextRetry * 2, REFRESH_INTERVAL_MS);
      }
      store.world.imageList.nextFetchAt = clock.now() + wait;
      store.save();
      await clock.sleep(wait, AbortSignal.any([this.#timer.signal, this.#life.ended]));
    }
  }

  #schedule(fetchFirst: boolean, retry: number): void {
    // The loop ends only when its timer is aborted or the daemon ends.
    this.#run(fetchFirst, retry).catch(() => undefined);
  }

  /** Fetches from all remotes once. Resolves to the text of the error, or to undefined. */
  #fetch(): Promise<string | undefined> {
    const fetched = this.#failedFetches.watch(
      () => this.#fetchAll(),
      (error) => error !== undefined,
    );
    this.#fetching = fetched.catch(() => undefined);
    return fetched;
  }

  /** Fetches from all remotes at once. One unreachable remote discards the results of all. */
  async #fetchAll(): Promise<string | undefined> {
    const { clock, store, faults, caps, ended } = this.#life;
    const state = store.world.imageList;
    state.fetches += 1;
    state.fetchedAt = clock.now();
    state.status = "fetching";
    this.#loaded = false;
    store.save();
    await clock.sleep((faults.plan.imageListSeconds ?? 0) * 1000, ended);
    const networks = HOSTS.map((host) => faults.network(clock.now(), host));
    const isCached = caps.manifestCache && state.cached;
    if (!isCached)
      await clock.sleep(Math.max(...networks.map((network) => faults.failureMs(network))), ended);
    let error: string | undefined;
    for (const [index, host] of HOSTS.entries()) {
      const network = networks[index] as NetworkState;
      if (network === "good" || isCached) continue;
      const url = host === HOSTS[0] ? RELEASES_INDEX : `https://${host}/ubuntu-core/streams/v1/index.json`;
      error ??= `failed to download from '${url}': ${this.#cause(url, host, network)}`;
      this.#life.log("url downloader", `Failed to get ${url}: ${this.#cause(url, host, network)}`);
    }
    if (error !== undefined) this.#life.log("daemon", `Error updating images: ${error}`);
    this.#loaded = error === undefined;
    state.status = this.#loaded ? "good" : "failed";
    state.error = error;
    state.cached ||= this.#loaded;
    store.save();
    return error;
  }

  #cause(url: string, host: string, network: NetworkState): string {
    // Since 1.17 clients see the cache miss instead, because the daemon asks its HTTP cache after the
    // network.
    if (this.#life.caps.manifestCache) return `Error opening ${url}`;
    if (network === "refused") return "Connection refused";
    return network === "dropped" ? "Operation canceled" : `Host ${host} not found`;
  }

  /** Waits for a running fetch and reports how the last one ended, as `find` and `wait-ready` do. */
  async lastResult(): Promise<string | undefined> {
    await this.#fetching;
    return this.#error;
  }

  async find(): Promise<void> {
    const error = await this.lastResult();
    if (error !== undefined) throw new RpcError(error);
  }

  /** `find --force-update`. If it fails, it leaves no timer, and an empty list that counts as good. */
  async forceUpdate(): Promise<void> {
    // Since 1.14 the daemon throws the error of the last background fetch without fetching again.
    if (this.#life.caps.listRetries) await this.find();
    else await this.#fetching;
    this.#timer.abort();
    this.#timer = new AbortController();
    const error = await this.#fetch();
    if (error === undefined) {
      this.#schedule(false, FIRST_RETRY_MS);
      return;
    }
    const { store } = this.#life;
    store.world.imageList.status = "empty";
    store.world.imageList.nextFetchAt = undefined;
    store.save();
    throw new RpcError(error);
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /**
   * Phase C of a launch. It never triggers a fetch, and waits for a running one only if a lock guards the
   * manifests.
   */
  async lookUp(remote: string, name: string): Promise<CatalogImage> {
    const { caps } = this.#life;
    this.#catalog.checkRemote(remote);
    if (caps.manifestLock) await this.#fetching;
    if (!this.#loaded) {
      await this.#failedFetches.fetchBlueprints();
      const custom = caps.customImagesFirst && (remote === "" || remote === "appliance");
      const named = custom ? remote : remote || "release";
      const advice = custom ? "" : " If image mirror is enabled, please confirm it is valid.";
      throw new RpcError(`Remote "${named}" is unknown or unreachable.${advice}`);
    }
    return this.#catalog.resolve(remote, name);
  }
}
